import { render } from '../../activities/render.ts';
import type { Occasion } from '../../activities/render.ts';
import type { Actor } from '../../domain/actor.ts';
import { decideDue, decideOpen } from '../../domain/decide.ts';
import { effectKey, recordNumber } from '../../domain/ids.ts';
import { makePolicy, parsePolicy } from '../../domain/policy.ts';
import { erase } from '../../domain/defineProcess.ts';
import type { Step } from '../../domain/process.ts';
import { fromIso } from '../../domain/time.ts';
import { incident } from '../../processes/incident.ts';
import { testPolicy } from '../helpers/policy.ts';

const parsed = parsePolicy(testPolicy);
if (!parsed.ok) throw new Error('the test policy cannot be read');
const policy = makePolicy('test', parsed.value);
const process = erase(incident);
const number = recordNumber('INC', 7);
const ann: Actor = { kind: 'person', id: 'ann', roles: ['agent'], organisation: 'acme' };
const openedAt = fromIso('2026-03-29T01:00:00Z');

function opened(): Step {
  const input = { title: 'title-id', service: 'shop', impact: 1, urgency: 1 };
  const step = decideOpen(
    process,
    { number, process: 'incident', organisation: 'acme' },
    input,
    ann,
    policy,
    openedAt,
  );
  if (!step.ok) throw new Error(JSON.stringify(step.error));
  return step.value;
}

/** What an incident says when `minutes` have passed, because of the last thing that became due. */
function occasion(message: string, { title = 'Web shop is down', minutes = 1 } = {}): Occasion {
  const now = openedAt + minutes * 60_000;
  const step = [opened(), ...decideDue(process, opened().after, policy, policy, now)].at(-1)!;
  return {
    key: effectKey(number, step.event.seq, 0),
    message,
    record: step.after,
    process,
    policy,
    texts: new Map([['title-id', title]]),
    cause: step.event,
    now,
    publicUrl: 'https://desk.example.org',
    ...(message === 'page'
      ? {
          isAnswerable: true,
          acknowledgeUrl: 'https://desk.example.org/a/token',
          answerUrl: 'https://desk.example.org/a/more',
        }
      : {}),
  };
}

test('a page says what it is about, what is due when, what to do and where', () => {
  const { subject, text } = render(occasion('page'));
  expect(subject).toBe('[INC-7] Page, priority 1: Web shop is down');
  expect(text).toBe(`INC-7: Web shop is down
Page, priority 1

Nobody has acknowledged this yet.
Acknowledge it, which stops the escalation, then begin to work on it.

Acknowledge: https://desk.example.org/a/token

More answers: https://desk.example.org/a/more

Service     Web shop
State       new (Nobody owns it yet)
Open since  2026-03-29T01:00:00Z
Respond by  2026-03-29T01:15:00Z
Resolve by  2026-03-29T05:00:00Z
As of       2026-03-29T01:01:00Z

Record: https://desk.example.org/api/v1/incidents/INC-7
`);
});

test('the event of a page is CloudEvents 1.0 and carries what a receiver needs', () => {
  expect(render(occasion('page')).event).toEqual({
    specversion: '1.0',
    id: 'INC-7/1/0',
    source: 'https://desk.example.org',
    type: 'provisor.incident.paged.v1',
    subject: 'INC-7',
    time: '2026-03-29T01:00:00.000Z',
    datacontenttype: 'application/json',
    data: {
      number: 'INC-7',
      seq: 1,
      title: 'Web shop is down',
      priority: 1,
      state: 'new',
      service: 'shop',
      serviceName: 'Web shop',
      team: 'operations',
      message: 'page',
      clock: null,
      openedAt: '2026-03-29T01:00:00.000Z',
      dueAt: { respond: '2026-03-29T01:15:00.000Z', resolve: '2026-03-29T05:00:00.000Z' },
      acknowledgeUrl: 'https://desk.example.org/a/token',
      answerUrl: 'https://desk.example.org/a/more',
      along: [],
      url: 'https://desk.example.org/api/v1/incidents/INC-7',
    },
  });
});

test('a breach names its clock and the moment that was missed', () => {
  const { subject, text, event } = render(occasion('breached', { minutes: 16 }));
  expect(subject).toBe('[INC-7] Breach, priority 1: Web shop is down');
  expect(text).toContain('The time to respond has run out.');
  expect(text).toContain('Respond by  2026-03-29T01:15:00Z, missed');
  expect(text).not.toContain('Acknowledge:');
  expect(event).toMatchObject({
    type: 'provisor.incident.breached.v1',
    data: { clock: 'respond', acknowledgeUrl: null },
  });
});

test('a warning says how much of the time is gone', () => {
  const { text, event } = render(occasion('warned', { minutes: 121 }));
  expect(text).toContain('50 % of the time to resolve is used up.');
  expect(event.type).toBe('provisor.incident.warned.v1');
});

test('an escalation that came to its end says that nobody else will be paged', () => {
  const { subject, text } = render(occasion('exhausted'));
  expect(subject).toContain('Nobody answered, priority 1');
  expect(text).toContain('nobody else will be paged');
});

test('a page interrupts and can be answered; a warning waits for the morning', () => {
  const { content } = render(occasion('page'));
  expect(content.urgency).toBe('interrupting');
  expect(content.answers).toEqual([
    { command: 'acknowledge', label: 'Acknowledge', url: 'https://desk.example.org/a/token' },
    { command: 'escalate', label: 'Escalate', url: undefined },
  ]);
  const warning = render(occasion('warned', { minutes: 121 })).content;
  expect(warning).toMatchObject({ urgency: 'deferrable', answers: [] });
});

test('who acknowledged is told by name to those inside, and to nobody outside', () => {
  const base = occasion('acknowledged');
  const record = { ...base.record, fields: { ...base.record.fields, answeredBy: 'ann' } };
  const rows = (message: string) => render({ ...base, message, record }).content.rows;
  expect(rows('acknowledged')).toContainEqual(['Acknowledged', 'by Ann']);
  expect(rows('opened').map(([name]) => name)).not.toContain('Acknowledged');
});

test('one acknowledgement of several is told with its name, and says that more are asked for', () => {
  const base = occasion('acknowledged');
  const cause = {
    ...base.cause!,
    type: 'acknowledged',
    actor: { kind: 'person', id: 'ann' },
  } as const;
  const content = (fields: object) =>
    render({ ...base, cause: { ...cause, change: { fields: { ...fields } } } }).content;
  expect(content({ acknowledgedBy: ['ann'] }).rows).toContainEqual(['Acknowledged', 'by Ann']);
  expect(content({ acknowledgedBy: ['ann'] }).says).toContain('asks for more people');
  expect(content({ answeredAt: base.now }).says).toContain('nobody else will be paged');
});

test('where many read there are buttons, and no link that answers in one person’s name', () => {
  const { content } = render({ ...occasion('page'), acknowledgeUrl: undefined });
  expect(content.answers.map(({ command, url }) => [command, url])).toEqual([
    ['acknowledge', undefined],
    ['escalate', undefined],
  ]);
});

test('a message of a process of their own is told by its name', () => {
  const { text, event } = render(occasion('constructor'));
  expect(text).toContain('The process says: constructor.');
  expect(event.type).toBe('provisor.incident.constructor.v1');
});

test('what people wrote is text in HTML, and one line in a subject', () => {
  const title = `<img src=x onerror="alert('1')">&amp;\r\nBcc: eve@example.org\u202E`;
  const { subject, html, text } = render(occasion('page', { title }));
  expect(html).not.toMatch(/<img/);
  expect(html).toContain(
    '&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;amp; Bcc: eve@example.org',
  );
  expect(subject).toBe(
    `[INC-7] Page, priority 1: <img src=x onerror="alert('1')">&amp; Bcc: eve@example.org`,
  );
  expect(text.split('\n')[0]).toContain('Bcc: eve@example.org');
  const quoted = render(said('commented', { text: 'text-id' }));
  expect(quoted.html).toContain('&lt;b&gt;a disk&lt;/b&gt;');
  const { shop } = policy.body.services;
  const services = { ...policy.body.services, shop: { ...shop!, name: title } };
  const named = { ...policy, body: { ...policy.body, services } };
  expect(render({ ...occasion('page'), policy: named }).html).not.toMatch(/<img/);
});

test('a title and a quotation of a hundred thousand characters are cut, and no character in two', () => {
  const { content } = render(occasion('page', { title: '😀'.repeat(50_000) }));
  expect(content.title).toBe(`${'😀'.repeat(99)}…`);
  const base = said('commented', { text: 'text-id' });
  const texts = new Map([...base.texts, ['text-id', `x${'😀'.repeat(50_000)}`]]);
  const { event } = render({ ...base, texts });
  expect(event.data['text']).toMatch(/^x(😀)+…$/u);
});

test('what looks like a template is text: nothing is looked up in it', () => {
  const title = '${process.env.PROVISOR_SECRET} {{constructor}} <%= 1 %> {/title} %s $& $1';
  const { subject, text, event } = render(occasion('page', { title }));
  expect(subject).toContain(title);
  expect(text).toContain(title);
  expect(event.data['title']).toBe(title);
});

test('a title that was erased leaves its mark, and one that is missing the number', () => {
  const erased = occasion('page', { title: '[erased]' });
  expect(render(erased).subject).toContain('[erased]');
  expect(render({ ...erased, texts: new Map() }).subject).toBe('[INC-7] Page, priority 1: INC-7');
});

test('the time of an event without a cause is the time it is told', () => {
  const { event } = render({ ...occasion('page'), cause: undefined });
  expect(event.time).toBe('2026-03-29T01:01:00.000Z');
});

/** A message because of a comment by the desk, as somebody outside gets it. */
function said(message: string, data: Record<string, unknown>): Occasion {
  const base = occasion(message);
  const cause = { ...base.cause!, type: 'commented', data };
  const words = 'We found it:\r\n<b>a disk</b>\u202E\nBcc: eve@example.org';
  return { ...base, cause, texts: new Map([...base.texts, ['text-id', words]]) };
}

test.each([
  ['opened', {}],
  ['commented', { text: 'text-id', visibility: 'public' }],
  ['informed', { text: 'text-id' }],
  ['answerNeeded', { reason: 'customer', comment: 'text-id' }],
  ['resolved', { code: 'x', notes: 'text-id' }],
])('"%s" tells people outside how it stands, and no goal, priority or team', (message, data) => {
  const { subject, text, html, event } = render(said(message, data));
  for (const form of [subject, text, html, JSON.stringify(event)]) {
    expect(form).not.toMatch(
      /priority|respond|Respond by|Resolve by|dueAt|operations|acknowledge/i,
    );
  }
  expect(text).toContain('State');
  expect(text.includes('> We found it:')).toBe(message !== 'opened');
  expect(html).not.toContain('<b>');
});

test('what was said keeps its lines, in a quotation, and loses what reorders or begins a header', () => {
  const { subject, text, event } = render(said('commented', { text: 'text-id' }));
  expect(subject).toBe('[INC-7] Comment: Web shop is down');
  expect(text).toContain('> We found it:\n> <b>a disk</b>\n> Bcc: eve@example.org\n');
  expect(event.data['text']).toContain('We found it:');
});

test('an internal comment is quoted to nobody, nor one whose text is gone', () => {
  for (const data of [{ text: 'text-id', visibility: 'internal' }, { text: 'other-id' }]) {
    const { text, html, event } = render(said('commented', data));
    expect(`${text}${html}${JSON.stringify(event)}`).not.toContain('We found it');
  }
});

test.each([
  ['assigned', 'Assigned, priority 1'],
  ['followUpDue', 'Follow-up, priority 1'],
  ['majorProposed', 'Major incident proposed, priority 1'],
  ['majorAccepted', 'Major incident, priority 1'],
  ['updateDue', 'Update due, priority 1'],
  ['reviewDue', 'Review due, priority 1'],
])(
  '"%s" is for the desk: it says what is due, and asks for no acknowledgement',
  (message, heading) => {
    const { subject, text, event } = render(occasion(message));
    expect(subject).toContain(heading);
    expect(text).toContain('Resolve by  2026-03-29T05:00:00Z');
    expect(text).not.toContain('Acknowledge:');
    expect(event.data['acknowledgeUrl']).toBeNull();
  },
);
