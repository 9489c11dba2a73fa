import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { createTransport } from 'nodemailer';
import { pino } from 'pino';
import { startMailListener } from '../../api/mail/listener.ts';
import type { MailListener, MailListenerOptions } from '../../api/mail/listener.ts';
import { createPool } from '../../db/pool.ts';
import { messageId } from '../../records/messageId.ts';
import { applyPolicy } from '../../records/policies.ts';
import { testCertificate } from '../helpers/certificate.ts';
import { testEngine } from '../helpers/database.ts';
import { testPolicy } from '../helpers/policy.ts';
import { SECRET, startApi } from './support.ts';
import type { TestApi } from './support.ts';

const HOST = 'itsm.example.org';
const EARLIER_SECRET = 'e'.repeat(40);

let api: TestApi;
let listener: MailListener;
let now = Date.parse('2026-03-02T08:00:00Z');

const start = (options: Partial<MailListenerOptions> = {}): Promise<MailListener> =>
  startMailListener({
    engine: api.engine,
    logger: pino({ level: 'silent' }),
    host: '127.0.0.1',
    port: 0,
    isRelay: () => true,
    messageIds: { host: HOST, secrets: [SECRET, EARLIER_SECRET] },
    ...options,
  });

beforeAll(async () => {
  api = await startApi(() => now);
  listener = await start();
});
afterAll(async () => {
  await listener.close();
  await api.stop();
});
beforeEach(() => {
  now += 5 * 60_000;
});

type Message = Parameters<ReturnType<typeof createTransport>['sendMail']>[0];

let mails = 0;

/** Sends a mail as a relay does. @returns what the listener answered: its last line */
async function send(message: Message, to = listener): Promise<string> {
  const transport = createTransport({ host: '127.0.0.1', port: to.port, ignoreTLS: true });
  try {
    const { response } = await transport.sendMail({
      from: 'Ann <ann@example.org>',
      to: 'desk@example.org',
      subject: 'The printer is on fire',
      text: 'Help',
      messageId: `<mail-${++mails}@laptop.example.org>`,
      ...message,
    });
    return response;
  } catch (error) {
    return (error as { response?: string }).response ?? String(error);
  } finally {
    transport.close();
  }
}

function numberIn(response: string): string {
  const number = /INC-\d+/.exec(response)?.[0];
  if (number === undefined) throw new Error(`no incident: ${response}`);
  return number;
}

const open = async (message: Message = {}): Promise<string> => numberIn(await send(message));

async function read(number: string): Promise<Record<string, unknown>> {
  return (await api.call('GET', `/api/v1/incidents/${number}`)).body;
}

interface Comment {
  readonly text: string;
  readonly visibility: string;
  readonly actor: string;
}

async function comments(number: string): Promise<Comment[]> {
  const { rows } = await api.pool.query<Comment>(
    `select t.body as text, e.data ->> 'visibility' as visibility, e.actor_id as actor
     from events e join texts t on t.id = e.data ->> 'text' where e.number = $1 and e.type = 'commented' order by e.seq`,
    [number],
  );
  return rows;
}

async function files(number: string): Promise<Record<string, unknown>[]> {
  const { body } = await api.call('GET', `/api/v1/incidents/${number}/attachments`);
  return body['items'] as Record<string, unknown>[];
}

async function incidents(): Promise<number> {
  const { rows } = await api.pool.query<{ count: number }>(
    'select count(*)::int as count from records',
  );
  return rows[0]!.count;
}

async function kept(): Promise<Record<string, unknown>[]> {
  return (await api.call('GET', '/api/v1/intake/kept?limit=200')).body['items'] as Record<
    string,
    unknown
  >[];
}

describe('new mail', () => {
  test('of a person opens an incident that is theirs', async () => {
    const number = await open({ attachments: [{ filename: 'fire.txt', content: 'smoke' }] });
    expect(await read(number)).toMatchObject({
      title: 'The printer is on fire',
      description: 'Help',
      channel: 'mail',
      requester: 'ann',
      service: 'shop',
      impact: 3,
      urgency: 3,
    });
    expect(await files(number)).toEqual([expect.objectContaining({ name: 'fire.txt' })]);
  });

  test.each([
    ['of nobody known', 'Eve <eve@elsewhere.example>'],
    ['of a person who left', 'Gone <gone@example.org>'],
  ])('%s opens one that says who wrote', async (_who, from) => {
    const number = await open({ from, attachments: [{ filename: 'a.txt', content: 'a' }] });
    const record = await read(number);
    expect(record).toMatchObject({ requester: 'mail', channel: 'mail' });
    expect((await files(number)).map(({ name }) => name)).toEqual(['a.txt']);
    expect(record['description']).toContain(`From: ${from}`);
  });

  test('of HTML is read as text, and kept as it came', async () => {
    const html = '<style>p{}</style><p>The <b>printer</b> burns</p><script>alert(1)</script>';
    const number = await open({ text: '', html });
    expect((await read(number))['description']).toBe('The printer burns');
    expect(await files(number)).toEqual([
      expect.objectContaining({ name: 'mail.eml', mediaType: 'message/rfc822' }),
    ]);
  });

  test('that comes again opens nothing again, also by another relay', async () => {
    const message = { messageId: '<once@laptop.example.org>', date: new Date(0) };
    const number = await open(message);
    const before = await incidents();
    const again = await send({ ...message, headers: { Received: 'from mx2.example.org' } });
    expect(numberIn(again)).toBe(number);
    expect(await incidents()).toBe(before);
  });

  test('sent twenty times at once opens one', async () => {
    const message = { messageId: '<storm@laptop.example.org>', date: new Date(0) };
    const answers = await Promise.all(Array.from({ length: 20 }, () => send(message)));
    expect(new Set(answers.map(numberIn)).size).toBe(1);
  });

  test('without anything in it opens one all the same', async () => {
    expect(await read(await open({ subject: '', text: '' }))).toMatchObject({
      title: 'A mail without a subject',
      description: '(The mail has no text.)',
    });
  });

  test('with a file of a hostile name keeps the file under another', async () => {
    const content = 'x';
    const attachments = [
      { filename: '../../etc/passwd', content },
      { filename: '..', content },
    ];
    expect((await files(await open({ attachments }))).map(({ name }) => name)).toEqual([
      'passwd',
      'attachment-2',
    ]);
  });

  test.each([
    ['winmail.dat', 'application/ms-tnef'],
    ['invite.ics', 'text/calendar; method=REQUEST'],
  ])('with %s keeps it as a file', async (filename, contentType) => {
    const attachments = [{ filename, contentType, content: 'x' }];
    const number = await open({ attachments });
    expect((await files(number)).map(({ name }) => name)).toEqual([filename]);
  });

  test('of a thousand parts keeps twenty, and names others', async () => {
    const attachments = Array.from({ length: 1_000 }, (_, at) => ({
      filename: `f${at}.txt`,
      content: 'x',
    }));
    const number = await open({ attachments });
    expect(await files(number)).toHaveLength(20);
    expect((await read(number))['description']).toContain('f20.txt');
  });

  test('that forwards a mail, which forwards a mail …, a hundred times, says what its sender says', async () => {
    const inner = Array.from(
      { length: 100 },
      () => 'From: bob@example.org\r\nContent-Type: message/rfc822\r\n\r\n',
    ).join('');
    const raw = [
      'From: ann@example.org\r\nSubject: Fwd\r\nMessage-ID: <fwd@laptop.example.org>',
      'Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nSee below',
      `--b\r\nContent-Type: message/rfc822\r\n\r\n${inner}\r\n--b--`,
    ].join('\r\n');
    const envelope = { from: 'ann@example.org', to: 'desk@example.org' };
    const number = numberIn(await send({ raw, envelope }));
    expect(await read(number)).toMatchObject({ requester: 'ann', description: 'See below' });
  });

  test.each([
    ['a charset that does not exist', 'x-none', Buffer.from('caf\xe9', 'latin1')],
    ['another charset than it says', 'utf-8', Buffer.from('caf\xe9', 'latin1')],
    ['half of a UTF-16 character', 'utf-16le', Buffer.from([0x63, 0, 0x3d, 0xd8])],
    ['NUL', 'us-ascii', Buffer.from('c\0')],
  ])('in %s opens an incident', async (_what, charset, body) => {
    const head = [
      'From: =?utf-8?q?=C3=84nn_=FF?= <ann@example.org>',
      'Subject: =?x-none?b?//79?= =?utf-8?q?a=00b?= =?utf-8?b?8J+Y?=',
      `Message-ID: <charset-${++mails}@laptop.example.org>`,
      `Content-Type: text/plain; charset=${charset}\r\n\r\n`,
    ].join('\r\n');
    const raw = Buffer.concat([Buffer.from(head), body]);
    const envelope = { from: 'ann@example.org', to: 'desk@example.org' };
    const record = await read(numberIn(await send({ raw, envelope })));
    expect(record['requester']).toBe('ann');
    expect(record['description']).toMatch(/^c/);
  });

  test('with a file that is too large says so', async () => {
    const attachments = [{ filename: 'core.dump', content: Buffer.alloc(11 * 1024 * 1024, 'x') }];
    const number = await open({ attachments });
    expect((await read(number))['description']).toContain('core.dump');
    expect(await files(number)).toEqual([]);
  });
});

describe('a reply', () => {
  const to = (number: string, id = '1.0') => ({
    subject: 'Re: printer',
    inReplyTo: `<${number}.${id}@${HOST}>`,
  });

  test.each([
    ['by its In-Reply-To', (number: string): Message => to(number)],
    [
      'by its References',
      (number: string): Message => ({ references: `<x@y> <${number}@${HOST}>` }),
    ],
    ['by its subject', (number: string): Message => ({ subject: `AW: [${number}] printer` })],
  ])('of the requester comments on its record, found %s', async (_how, message) => {
    const number = await open();
    const before = await incidents();
    expect(await send({ ...message(number), text: 'Out now' })).toMatch(`commented ${number}`);
    expect(await comments(number)).toEqual([
      { text: 'Out now', visibility: 'public', actor: 'ann' },
    ]);
    expect(await incidents()).toBe(before);
  });

  test('to the mail that opened the incident comments on it', async () => {
    const number = await open({ messageId: '<first@laptop.example.org>' });
    await send({ inReplyTo: '<first@laptop.example.org>', text: 'More of it' });
    expect(await comments(number)).toMatchObject([{ text: 'More of it' }]);
  });

  test('that answers two mails belongs to the nearer one', async () => {
    const [nearer, farther] = [await open(), await open()];
    await send({ inReplyTo: `<${nearer}@${HOST}>`, references: `<${farther}@${HOST}>` });
    expect([await comments(nearer), await comments(farther)]).toMatchObject([[{}], []]);
  });

  test('to a record of another organisation says nothing of it, and adds nothing', async () => {
    const key = await api.key('zoe', ['requester'], 'acme');
    const body = { title: 'Secret', service: 'shop', impact: 2, urgency: 2 };
    const opened = await api.call('POST', '/api/v1/incidents', { key, body });
    const number = opened.body['number'] as string;
    const other = await open({ ...to(number), text: 'Let me in' });
    expect(JSON.stringify(await read(other))).not.toContain('Secret');
    expect(await comments(number)).toEqual([]);
  });

  test('of the assignee stays inside, for it may quote what is not for the requester', async () => {
    const number = await open();
    const body = { team: 'operations', assignee: 'bob' };
    await api.call('POST', `/api/v1/incidents/${number}/assign`, { body });
    await send({ ...to(number), from: 'bob@example.org', text: 'On it' });
    expect(await comments(number)).toEqual([
      { text: 'On it', visibility: 'internal', actor: 'bob' },
    ]);
  });

  test('of a watcher is heard by all', async () => {
    const number = await open();
    await api.call('POST', `/api/v1/incidents/${number}/watch`, { body: { person: 'lea' } });
    await send({ ...to(number), from: 'lea@example.org', text: 'Me too' });
    expect(await comments(number)).toMatchObject([{ visibility: 'public', actor: 'lea' }]);
  });

  test.each([
    ['a person who has nothing to do with it', 'lea@example.org'],
    ['nobody known', 'eve@elsewhere.example'],
  ])('of %s comments nothing and opens an incident that says so', async (_who, from) => {
    const number = await open();
    const other = await open({ ...to(number), from, text: 'Let me in' });
    expect(other).not.toBe(number);
    expect(await comments(number)).toEqual([]);
    expect((await read(other))['description']).toContain(`It speaks of ${number}`);
  });

  test('that names a record of another host opens an incident', async () => {
    const number = await open();
    expect(await open({ inReplyTo: `<${number}@elsewhere.example>` })).not.toBe(number);
  });

  test('is cut before its history, and kept whole as a file', async () => {
    const number = await open();
    const text = `Thanks\n\nOn Mon, 2 Mar 2026 at 09:00, Provisor wrote:\n> [${number}] is open\n> since`;
    await send({ ...to(number), text });
    expect(await comments(number)).toMatchObject([{ text: 'Thanks' }]);
    expect((await files(number)).map(({ name }) => name)).toEqual(['mail.eml']);
  });
});

describe('a From that does not name one sender, once, is nobody known:', () => {
  test.each([
    ['two headers', ['From: ann@example.org', 'From: eve@elsewhere.example']],
    ['two headers, the other way round', ['From: eve@elsewhere.example', 'From: ann@example.org']],
    ['two addresses', ['From: ann@example.org, eve@elsewhere.example']],
    ['two brackets', ['From: Ann <ann@example.org> <eve@elsewhere.example>']],
    ['a group', ['From: team: ann@example.org, eve@elsewhere.example;']],
    ['a name that is an address', ['From: "ann@example.org" <eve@elsewhere.example>']],
    [
      'an encoded name that is an address',
      ['From: =?utf-8?q?Ann_=3Cann=40example.org=3E?= <eve@elsewhere.example>'],
    ],
    ['an address within an address', ['From: "ann@example.org x"@elsewhere.example']],
    ['an address with another tag', ['From: ann+desk@example.org']],
    ['NUL', ['From: \0ann@example.org']],
    ['none', ['X-From: ann@example.org']],
  ])('%s', async (_what, from) => {
    const number = await open();
    const raw = [
      ...from,
      `Message-ID: <forged-${++mails}@elsewhere.example>`,
      `In-Reply-To: <${number}@${HOST}>`,
      '\r\nLet me in',
    ].join('\r\n');
    const envelope = { from: 'eve@elsewhere.example', to: 'desk@example.org' };
    const other = numberIn(await send({ raw, envelope }));
    expect(await read(other)).toMatchObject({ requester: 'mail' });
    expect(await comments(number)).toEqual([]);
  });
});

describe('what no person wrote is kept and opens nothing:', () => {
  test.each<[string, Message]>([
    ['Auto-Submitted', { headers: { 'Auto-Submitted': 'auto-replied (vacation)' } }],
    ['Auto-Submitted of a program', { headers: { 'Auto-Submitted': 'auto-generated' } }],
    ...['bulk', 'junk', 'list', 'auto_reply'].map((value): [string, Message] => [
      `Precedence: ${value}`,
      { headers: { Precedence: value } },
    ]),
    ...['All', 'DR, OOF', 'AutoReply'].map((value): [string, Message] => [
      `X-Auto-Response-Suppress: ${value}`,
      { headers: { 'X-Auto-Response-Suppress': value } },
    ]),
    ['a mailing list', { headers: { 'List-Id': '<all.example.org>' } }],
    ...['X-Autoreply', 'X-Autorespond', 'X-AutoResponse', 'X-Auto-Reply', 'X-Loop'].map(
      (name): [string, Message] => [name, { headers: { [name]: 'vacation@example.org' } }],
    ),
    [
      'a receipt',
      {
        raw: [
          'From: ann@example.org',
          'Message-ID: <receipt@example.org>',
          'Subject: Read: printer',
          'Content-Type: multipart/report; report-type=disposition-notification; boundary=b',
          '\r\n--b\r\n\r\nIt was read.\r\n--b--',
        ].join('\r\n'),
        envelope: { from: 'ann@example.org', to: 'desk@example.org' },
      },
    ],
    ['an empty return path', { envelope: { from: '', to: 'desk@example.org' } }],
    ['our own Message-ID', { messageId: messageId(SECRET, 'INC-1/2/0', HOST) }],
    ['one of an earlier version', { messageId: `<INC-1.2.0@${HOST}>` }],
    ['our own key', { headers: { 'X-Provisor-Key': 'INC-1/2/0' } }],
  ])('%s', async (_what, message) => {
    const before = await incidents();
    expect(await send(message)).toMatch(/^250.*kept/);
    expect(await incidents()).toBe(before);
    expect((await kept())[0]).toMatchObject({ kind: 'automatic', integration: 'mail' });
  });

  test('Auto-Submitted: no is a person', async () => {
    expect(await send({ headers: { 'Auto-Submitted': 'no' } })).toMatch(/opened/);
  });

  test('more than twenty mails a minute from one sender', async () => {
    const answers: string[] = [];
    for (let i = 0; i < 22; i++) answers.push(await send({ from: 'loop@elsewhere.example' }));
    expect(answers.filter((answer) => answer.includes('opened'))).toHaveLength(20);
    expect(answers.slice(20).every((answer) => answer.includes('kept'))).toBe(true);
    now += 61_000;
    expect(await send({ from: 'loop@elsewhere.example' })).toMatch(/opened/);
  });
});

describe('the report of a mail of ours', () => {
  const report = (id: string, action: string) =>
    [
      'From: MAILER-DAEMON@mx.example.org',
      'To: provisor@example.org',
      'Subject: Undelivered Mail',
      `Message-ID: <dsn-${++mails}@mx.example.org>`,
      'Content-Type: multipart/report; report-type=delivery-status; boundary=b',
      '',
      '--b',
      'Content-Type: text/plain',
      '',
      'It did not arrive.',
      '--b',
      'Content-Type: message/delivery-status',
      '',
      'Reporting-MTA: dns; mx.example.org',
      '',
      'Final-Recipient: rfc822; ann@example.org',
      `Action: ${action}`,
      'Status: 5.1.1',
      'Diagnostic-Code: smtp; 550 no such user',
      '--b',
      'Content-Type: message/rfc822',
      '',
      `Message-ID: ${id}`,
      'Subject: [INC] opened',
      '',
      'text',
      '--b--',
      '',
    ].join('\r\n');

  /** @returns the key of a message that was sent by mail */
  async function sent(): Promise<string> {
    const number = await open();
    await api.call('POST', `/api/v1/incidents/${number}/comment`, { body: { text: 'Well?' } });
    const { rows } = await api.pool.query<{ key: string }>(
      `insert into deliveries (effect_key, number, organisation, person, channel, attempt, started_at, outcome)
       select key, number, 'main', 'ann', 'email', 1, now(), 'accepted' from effects
       where number = $1 and payload ->> 'person' = 'ann' and payload ->> 'channel' = 'email' returning effect_key as key`,
      [number],
    );
    return rows[0]!.key;
  }

  const outcome = async (key: string) =>
    (await api.pool.query('select outcome, report from deliveries where effect_key = $1', [key]))
      .rows[0] as { outcome: string; report: string };

  const envelope = { from: '', to: 'provisor@example.org' };

  test.each([
    ['', SECRET],
    [' under the secret before this one', EARLIER_SECRET],
  ])('that did not arrive%s marks it failed', async (_, secret) => {
    const key = await sent();
    const raw = report(messageId(secret, key, HOST), 'failed');
    expect(await send({ envelope, raw })).toMatch('reported');
    expect(await outcome(key)).toEqual({
      outcome: 'failed',
      report: 'returned by a mail server: 5.1.1 550 no such user',
    });
  });

  test('that is only late changes nothing', async () => {
    const key = await sent();
    const raw = report(messageId(SECRET, key, HOST), 'delayed');
    expect(await send({ envelope, raw })).toMatch('kept');
    expect(await outcome(key)).toMatchObject({ outcome: 'accepted' });
  });

  test.each([
    ['the key alone', (key: string) => `<${key.replaceAll('/', '.')}@${HOST}>`],
    ['a mark under another secret', (key: string) => messageId('x'.repeat(40), key, HOST)],
    [
      'the mark of another message',
      (key: string) =>
        messageId(SECRET, 'INC-1/1/9', HOST).replace('INC-1.1.9', key.replaceAll('/', '.')),
    ],
  ])('that names it by %s, as a forger would, changes nothing', async (_, named) => {
    const key = await sent();
    expect(await send({ envelope, raw: report(named(key), 'failed') })).toMatch('kept');
    expect(await outcome(key)).toMatchObject({ outcome: 'accepted' });
  });
});

describe('when it cannot be taken', () => {
  test('because PostgreSQL is away, the sender is told to come again', async () => {
    const pool = createPool('postgres://nobody@127.0.0.1:1/none', 2);
    const away = await start({ engine: testEngine(pool, () => now) });
    expect(await send({}, away)).toMatch(/^451 4\.3\.0/);
    await away.close();
    await pool.end();
  });

  test('because its sender is no relay, it is refused before it is sent', async () => {
    const closed = await start({ isRelay: (address) => address !== '127.0.0.1' });
    expect(await send({}, closed)).toMatch(/554/);
    await closed.close();
  });

  test('because it is too large, it is refused for good', async () => {
    const attachments = [{ filename: 'x', content: Buffer.alloc(20 * 1024 * 1024) }];
    expect(await send({ attachments })).toMatch(/^552/);
  });

  test('because it is made to be hard to read, it is kept and the desk told', async () => {
    const depth = 200;
    const head = Array.from(
      { length: depth },
      (_, i) => `Content-Type: multipart/mixed; boundary=b${i}\r\n\r\n--b${i}`,
    ).join('\r\n');
    const raw = `From: ann@example.org\r\nMessage-ID: <deep@example.org>\r\n${head}\r\n\r\nx`;
    const number = await open({ raw });
    expect(await read(number)).toMatchObject({ title: 'A mail could not be read' });
    expect((await kept())[0]).toMatchObject({ kind: 'unreadable', integration: 'mail', number });
  });

  test.each<[string, string]>([
    ['millions of empty lines', `\r\n${'\r\n'.repeat(12 * 1024 * 1024)}`],
    [
      'a million parts',
      `Content-Type: multipart/mixed; boundary=b\r\n\r\n${'--b\r\n\r\nx\r\n'.repeat(2_000_000)}`,
    ],
  ])(
    'because it costs too much to read (%s), it is kept, and the process goes on meanwhile',
    async (_what, rest) => {
      const head = `From: ann@example.org\r\nMessage-ID: <costly-${++mails}@example.org>\r\n`;
      const taken = send({ raw: `${head}${rest}` });
      expect(await taken).toMatch(/^250.*kept/);
      expect((await kept())[0]).toMatchObject({
        kind: 'unreadable',
        reason: expect.stringContaining('it takes more than') as string,
      });
      expect(await send({})).toMatch(/opened/);
    },
  );

  test('because the policy wants no strangers, they are refused, and nobody else is', async () => {
    const policy = { ...testPolicy, intake: { mail: { unknownSender: 'refuse' as const } } };
    const actor = { kind: 'person', id: 'admin', roles: ['admin'], organisation: 'main' } as const;
    await applyPolicy(api.pool, policy, actor, now);
    expect(await send({ from: 'eve@elsewhere.example' })).toMatch(/^550 5\.7\.1/);
    expect(await send({})).toMatch(/opened/);
    await applyPolicy(api.pool, testPolicy, actor, now);
  });
});

test('with a certificate the mail comes over TLS', async () => {
  const secure = await start({ tls: testCertificate });
  const transport = createTransport({
    host: '127.0.0.1',
    port: secure.port,
    requireTLS: true,
    tls: { ca: testCertificate.cert, servername: HOST },
  });
  const { response } = await transport.sendMail({ from: 'ann@example.org', to: 'd@example.org' });
  expect(response).toMatch(/opened INC-/);
  transport.close();
  await secure.close();
});

describe('a hostile client', () => {
  /** Writes bytes and reads until the server says so or the connection ends. */
  function talk(
    bytes: string,
    isEnough: (answer: string) => boolean,
    to = listener,
  ): Promise<string> {
    return new Promise((done) => {
      let answer = '';
      const socket = connect(to.port, '127.0.0.1');
      const finish = (): void => {
        socket.destroy();
        done(answer);
      };
      socket.on('data', (part) => {
        answer += part.toString();
        if (answer.startsWith('220') && !socket.writableEnded && bytes !== '') {
          socket.write(bytes);
          bytes = '';
        }
        if (isEnough(answer)) finish();
      });
      socket.on('close', finish);
      socket.on('error', finish);
    });
  }

  test('that breaks off in the middle of a mail leaves nothing behind', async () => {
    const before = await incidents();
    const head = 'EHLO x\r\nMAIL FROM:<ann@example.org>\r\nRCPT TO:<d@example.org>\r\nDATA\r\n';
    const answer = await talk(`${head}Subject: half\r\n\r\nhal`, (text) => text.includes('354'));
    expect(answer).toContain('354');
    expect(await open()).toMatch(/^INC-/);
    expect(await incidents()).toBe(before + 1);
  });

  test('that sends for ever is hung up on', async () => {
    const short = await start({ connectedFor: 200 });
    const head = 'EHLO x\r\nMAIL FROM:<ann@example.org>\r\nRCPT TO:<d@example.org>\r\nDATA\r\n';
    const answer = await talk(`${head}Subject: a`, () => false, short);
    expect(answer).toContain('354');
    await short.close();
  });

  test('that floods commands is cut off, and the others go on', async () => {
    const answer = await talk('X\r\n'.repeat(50_000), (text) => text.includes('421'));
    expect(answer).toContain('421');
    expect(await open()).toMatch(/^INC-/);
  });

  test.each(['\n.\n', '\n.\r\n', '\r\n.\n', '\r.\r', '\r\n.\r', '\r.\r\n', '\r\n\0.\r\n'])(
    'that smuggles a second mail behind %j sends one',
    async (end) => {
      const before = await incidents();
      const mail = [
        'EHLO x\r\nMAIL FROM:<ann@example.org>\r\nRCPT TO:<d@example.org>\r\nDATA\r\n',
        `From: ann@example.org\r\nSubject: one\r\nMessage-ID: <${++mails}@x>\r\n\r\nx${end}MAIL FROM:<bob@example.org>\r\n`,
        'RCPT TO:<d@example.org>\r\nDATA\r\nFrom: bob@example.org\r\n\r\ntwo\r\n.\r\nQUIT\r\n',
      ].join('');
      await talk(mail, (text) => text.includes('221'));
      expect(await incidents()).toBe(before + 1);
    },
  );

  test('that sends commands ahead of TLS has them forgotten', async () => {
    const secure = await start({ tls: testCertificate });
    const before = await incidents();
    const plain = connect(secure.port, '127.0.0.1');
    const heard = (socket: Socket, wanted: string): Promise<string> =>
      new Promise((done) => {
        let text = '';
        socket.on('data', function listen(part: Buffer) {
          text += part.toString();
          if (!text.includes(wanted)) return;
          socket.off('data', listen);
          done(text);
        });
      });
    await heard(plain, '220');
    plain.write('EHLO x\r\nSTARTTLS\r\nMAIL FROM:<eve@example.org>\r\nRCPT TO:<d@example.org>\r\n');
    await heard(plain, '220 ');
    const encrypted = connectTls({ socket: plain, ca: testCertificate.cert, servername: HOST });
    await once(encrypted, 'secureConnect');
    encrypted.write('EHLO x\r\nDATA\r\n');
    expect(await heard(encrypted, '503')).not.toContain('354');
    encrypted.destroy();
    expect(await incidents()).toBe(before);
    await secure.close();
  });
});

test('who sent a mail may read it as a requester', async () => {
  const number = await open();
  const key = await api.key('ann', ['requester']);
  expect((await api.call('GET', `/api/v1/incidents/${number}`, { key })).status).toBe(200);
});
