import type { Delivery } from '../db/deliveries.ts';
import type { EffectSummary } from '../db/effects.ts';
import type { StoredEvent } from '../db/events.ts';
import { erase } from '../domain/defineProcess.ts';
import { incident } from '../processes/incident.ts';
import { lea, opened, p1 } from '../test/helpers/incident.ts';
import { explainEvents } from './explain.ts';

const at = Date.parse('2026-03-02T08:01:00Z');
const none = Buffer.alloc(32);

const paged: StoredEvent = {
  seq: 2,
  type: 'paged',
  at,
  recordedAt: at,
  actor: { kind: 'system', id: 'INC-1/1/0' },
  version: 1,
  policy: 'ab12cd34ef',
  data: { round: 1, step: 0, rule: 'escalations.standard.steps.0', people: ['ann'] },
  reasons: [],
  change: {},
  commandId: 'c',
  previous: none,
  hash: none,
};

const effect: EffectSummary = {
  key: 'INC-1/2/0',
  kind: 'notification',
  state: 'pending',
  attempts: 0,
  person: 'ann',
  namedChannel: null,
  channel: 'email',
  method: null,
  why: null,
  message: 'page',
  escalation: null,
  createdAt: at,
  finishedAt: null,
  error: null,
};

const attempt: Delivery = {
  effectKey: 'INC-1/2/0',
  person: 'ann',
  namedChannel: null,
  channel: 'email',
  method: null,
  attempt: 1,
  startedAt: at + 1_000,
  finishedAt: null,
  outcome: null,
  detail: null,
  report: null,
};

const head = (time: string) =>
  `paged ann by email at 2026-03-02T${time}Z: step 1 of escalation standard, round 2`;

test.each<[string, Partial<EffectSummary>, Partial<Delivery>[], string[]]>([
  ['that waits', {}, [], [`${head('08:01:00.000')}; not sent yet`]],
  [
    'that somebody answered before',
    { state: 'cancelled' },
    [],
    [`${head('08:01:00.000')}; not sent: it was no longer wanted`],
  ],
  [
    'that was given up',
    { state: 'dead', error: 'no mail server' },
    [],
    [`${head('08:01:00.000')}; given up: no mail server`],
  ],
  [
    'that a receiver refused, who repeats the address',
    { state: 'dead', error: '550 <ann@example.org>: no such user' },
    [],
    [`${head('08:01:00.000')}; given up: 550 <…>: no such user`],
  ],
  [
    'that was refused by way of an attempt, which repeats the address',
    { state: 'dead' },
    [{ outcome: 'failed', detail: '550 <ann@example.org>: no such user' }],
    [`${head('08:01:01.000')}; failed: 550 <…>: no such user`],
  ],
  [
    'that arrived',
    { state: 'done' },
    [{ outcome: 'accepted', detail: '250 queued' }],
    [`${head('08:01:01.000')}; accepted: 250 queued`],
  ],
  [
    'that went along with another one',
    { state: 'done', error: 'sent together with INC-7/2/0' },
    [],
    [`${head('08:01:00.000')}; sent together with INC-7/2/0`],
  ],
  [
    'whose worker ended in it',
    { state: 'started' },
    [{}],
    [
      `${head('08:01:01.000')}; under way, or its worker ended in it: whether it arrived is not known`,
    ],
  ],
  [
    'that arrived with the second attempt',
    { state: 'done' },
    [
      { outcome: 'failed', detail: '421 later' },
      { attempt: 2, startedAt: at + 9_000, outcome: 'accepted', detail: '250 queued' },
    ],
    [`${head('08:01:01.000')}; failed: 421 later`, `${head('08:01:09.000')}; accepted: 250 queued`],
  ],
])('a page %s is explained as such', (_what, state, attempts, sentences) => {
  const deliveries = attempts.map((part) => ({ ...attempt, ...part }));
  const explained = explainEvents(erase(incident), [paged], [{ ...effect, ...state }], deliveries);
  expect(explained.map(({ sentence }) => sentence)).toEqual(sentences);
});

const layer = { kind: 'layer', temporary: null, index: 0, name: 'primary', turn: 4 };
const ofSchedule = (source: object) => ({
  ...{ kind: 'schedule', schedule: 'desk', version: 3, source },
});
const oneStep = 'step 1 of escalation standard, round 2';

test.each<[string, object, string]>([
  [
    'a layer names the version and the layer',
    ofSchedule(layer),
    `${oneStep}, on call in desk (version 3) by rotation, layer primary`,
  ],
  [
    'a temporary schedule names it',
    ofSchedule({ ...layer, temporary: 'christmas' }),
    `${oneStep}, on call in desk (version 3) by rotation, layer primary of the temporary schedule christmas`,
  ],
  [
    'an override names it',
    ofSchedule({ kind: 'override', id: 'ovr_1' }),
    `${oneStep}, on call in desk (version 3) by the override ovr_1`,
  ],
  [
    'an imported calendar says so',
    ofSchedule({ kind: 'calendar', uid: 'u' }),
    `${oneStep}, on call in desk (version 3) by its calendar`,
  ],
  [
    'a turn names the team',
    { kind: 'roundRobin', team: 'operations', position: 1 },
    `${oneStep}, whose turn it is in operations`,
  ],
])('a page by %s', (_what, because, why) => {
  const event = { ...paged, data: { ...paged.data, because: { ann: because } } } as StoredEvent;
  const [page] = explainEvents(erase(incident), [event], [effect], []);
  expect(page?.sentence).toBe(
    `paged ann by email at 2026-03-02T08:01:00.000Z: ${why}; not sent yet`,
  );
  expect(page?.facts).toMatchObject({ because });
});

test('a word to managers says that the escalation came to its end', () => {
  const data = { rule: 'escalations.standard', people: ['ann'], because: {} };
  const event = { ...paged, type: 'escalationExhausted', data };
  const word = { ...effect, message: 'exhausted' };
  const [explained] = explainEvents(erase(incident), [event], [word], []);
  expect(explained?.sentence).toContain(
    'told ann by email at 2026-03-02T08:01:00.000Z: escalation standard came to its end and nobody answered;',
  );
});

test('a page by the second of their own rules says so, and by the catch-all too', () => {
  const data = { ...paged.data, rule: 'escalations.standard.catchAll' };
  const ruled = { ...effect, why: 'interrupting.1', method: 'cm_1' };
  const [page] = explainEvents(erase(incident), [{ ...paged, data }], [ruled], []);
  expect(page?.sentence).toContain(
    'the catch-all of escalation standard, round 2, by rule 2 of their own for interrupting messages;',
  );
  expect(page?.facts).toMatchObject({ method: 'cm_1', notificationRule: 'interrupting.1' });
});

test.each([
  ['pending', 'taken, not yet reported as delivered: queued'],
  ['delivered', 'delivered: queued'],
] as const)(
  'a page whose provider reports later is not said to be under way: %s',
  (outcome, said) => {
    const delivery = { ...attempt, outcome, detail: 'queued' };
    const [page] = explainEvents(erase(incident), [paged], [effect], [delivery]);
    expect(page?.sentence).toContain(`; ${said}`);
  },
);

test('other messages name what they are about', () => {
  const breached = {
    ...paged,
    type: 'resolve.breached',
    data: { clock: 'resolve', rule: 'serviceLevels.standard.resolve.1' },
  };
  const told = { ...effect, person: 'lea', message: 'breached' };
  const [explained] = explainEvents(erase(incident), [breached], [told], []);
  expect(explained).toMatchObject({
    sentence:
      'told lea by email at 2026-03-02T08:01:00.000Z: because of resolve.breached; not sent yet',
    rule: 'serviceLevels.standard.resolve.1',
  });
});

function explained(simulation: ReturnType<typeof opened>, about: string): string | undefined {
  const events = simulation.events.map((event) => ({
    ...paged,
    ...event,
    recordedAt: event.at,
  }));
  return explainEvents(erase(incident), events, [], []).findLast((item) => item.about === about)
    ?.sentence;
}

test('a proposal as a major incident names its rule and the priority', () => {
  expect(explained(opened(p1), 'major')).toMatch(
    /^Major proposed: priority 1 in majorIncident\.proposeAt of policy .*definition \d+$/,
  );
});

test('a correction names what it took out', () => {
  const corrected = opened(p1).give('start').pass('3h').give(
    'correct',
    {
      clock: 'resolve',
      fromAt: '2026-11-23T10:00:00Z',
      toAt: '2026-11-23T11:30:00Z',
      reason: 'The data centre was closed',
    },
    lea,
  );
  expect(explained(corrected, 'resolve')).toMatch(
    /^resolve due 2026-11-23T14:30:00\.000Z: .*, 1 h 30 min taken out by correction$/,
  );
});
