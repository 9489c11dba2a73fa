import { problemSchema } from '../../api/contract.ts';
import { startApi } from './support.ts';
import type { Call, TestApi } from './support.ts';

let api: TestApi;
let number: string;
beforeAll(async () => {
  api = await startApi();
  number = await api.open();
});
afterAll(() => api.stop());

const incidents = '/api/v1/incidents';
const good = { title: 'Shop down', impact: 1, urgency: 1 };

/** Everything that is stored: it must be the same after a refusal. */
async function everything(): Promise<unknown> {
  const { rows } = await api.pool.query(
    `select (select count(*) from records) as records, (select count(*) from events) as events, (select count(*) from texts) as texts,
       (select count(*) from commands) as commands, (select count(*) from api_keys) as keys, (select count(*) from alert_groups) as groups`,
  );
  return rows;
}

function nested(depth: number): unknown {
  let value: unknown = 'x';
  for (let i = 0; i < depth; i++) value = [value];
  return value;
}

interface Case extends Call {
  readonly what: string;
  readonly status: number;
  /** The place that the problem names. */
  readonly pointer?: string;
  readonly header?: string;
}

const bodies: Case[] = [
  { what: 'JSON cut off', raw: '{"title":', status: 400 },
  { what: 'no JSON', raw: 'title=x', status: 400 },
  { what: 'a bare string', raw: '"x"', status: 400 },
  { what: 'null', raw: 'null', status: 400 },
  { what: 'an array', raw: '[]', status: 422, pointer: '' },
  {
    what: 'bytes that are no UTF-8',
    raw: new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
    status: 400,
  },
  {
    what: 'another content type',
    raw: 'title=x',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    status: 415,
  },
  {
    what: 'another character set',
    raw: '{}',
    headers: { 'content-type': 'application/json; charset=latin1' },
    status: 415,
  },
  {
    what: 'UTF-16',
    raw: '{}',
    headers: { 'content-type': 'application/json; charset=utf-16' },
    status: 400,
  },
  { what: 'an unknown encoding', raw: '{}', headers: { 'content-encoding': 'zip' }, status: 415 },
  { what: 'a broken gzip', raw: '{}', headers: { 'content-encoding': 'gzip' }, status: 400 },
  {
    what: 'more than 256 KiB',
    raw: JSON.stringify({ ...good, description: 'x'.repeat(300_000) }),
    status: 413,
  },
  { what: 'nothing', status: 422, pointer: '/title' },
  { what: 'a field missing', body: { impact: 1, urgency: 1 }, status: 422, pointer: '/title' },
  { what: 'an unknown field', body: { ...good, priority: 1 }, status: 422, pointer: '/priority' },
  { what: 'a wrong type', body: { ...good, impact: '1' }, status: 422, pointer: '/impact' },
  { what: 'a number out of range', body: { ...good, impact: 0 }, status: 422, pointer: '/impact' },
  { what: 'a fraction', body: { ...good, urgency: 1.5 }, status: 422, pointer: '/urgency' },
  { what: 'an empty title', body: { ...good, title: '' }, status: 422, pointer: '/title' },
  {
    what: 'a title too long',
    body: { ...good, title: 'x'.repeat(201) },
    status: 422,
    pointer: '/title',
  },
  { what: 'NUL', body: { ...good, title: 'a\u0000b' }, status: 422, pointer: '/title' },
  {
    what: 'a lone surrogate',
    raw: JSON.stringify({ ...good, title: 'a\ud800b' }),
    status: 422,
    pointer: '/title',
  },
  { what: 'NUL in a name', raw: '{"ti\\u0000tle":"x"}', status: 422, pointer: '/ti\uFFFDtle' },
  { what: 'a lone surrogate in a name', raw: '{"x\\ud800":"x"}', status: 422, pointer: '/x\uFFFD' },
  {
    what: '__proto__',
    raw: '{"title":"x","impact":1,"urgency":1,"__proto__":{"admin":true}}',
    status: 422,
    pointer: '/__proto__',
  },
  {
    what: 'constructor',
    body: { ...good, constructor: { prototype: {} } },
    status: 422,
    pointer: '/constructor',
  },
  {
    what: 'a service of no policy',
    body: { ...good, service: 'nowhere' },
    status: 422,
    pointer: '/service',
  },
  {
    what: 'an identifier with a line break',
    body: { ...good, ci: 'a\nb' },
    status: 422,
    pointer: '/ci',
  },
  { what: 'endless nesting', body: { ...good, title: nested(1_000) }, status: 422 },
  {
    what: 'an impact outside the matrix',
    body: { ...good, impact: 9 },
    status: 422,
    pointer: '/impact',
  },
];

const headers: Case[] = [
  {
    what: 'an empty Idempotency-Key',
    body: good,
    headers: { 'idempotency-key': '' },
    status: 400,
    header: 'Idempotency-Key',
  },
  {
    what: 'an Idempotency-Key with a space',
    body: good,
    headers: { 'idempotency-key': 'a b' },
    status: 400,
    header: 'Idempotency-Key',
  },
  {
    what: 'an Idempotency-Key beyond ASCII',
    body: good,
    headers: { 'idempotency-key': 'é' },
    status: 400,
    header: 'Idempotency-Key',
  },
  {
    what: 'an Idempotency-Key too long',
    body: good,
    headers: { 'idempotency-key': 'x'.repeat(201) },
    status: 400,
    header: 'Idempotency-Key',
  },
];

describe('opening with', () => {
  test.each([...bodies, ...headers])('$what is $status and changes nothing', async (attempt) => {
    const before = await everything();
    const answer = await api.call('POST', incidents, attempt);
    expect([answer.status, answer.body['status']]).toEqual([attempt.status, attempt.status]);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    const { errors = [] } = problemSchema.parse(answer.body);
    if (attempt.pointer !== undefined) {
      expect(errors.map(({ pointer }) => pointer)).toContain(attempt.pointer);
    }
    if (attempt.header !== undefined) expect(errors[0]?.header).toBe(attempt.header);
    expect(await everything()).toEqual(before);
  });
});

describe('a command with', () => {
  test.each<[string, Call, number]>([
    ['an unknown field', { body: { actor: 'bob' } }, 422],
    ['__proto__', { raw: '{"__proto__":{}}' }, 422],
    ['an array', { raw: '[]' }, 422],
    ['an Idempotency-Key with a space', { headers: { 'idempotency-key': 'a b' } }, 400],
  ])('%s changes nothing', async (_what, attempt, status) => {
    const before = await everything();
    const answer = await api.call('POST', `${incidents}/${number}/acknowledge`, attempt);
    expect(answer.status).toBe(status);
    expect(await everything()).toEqual(before);
  });
});

describe('a list with', () => {
  const b64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  test.each([
    ['stat=new', 'stat'],
    ['state=old', 'state'],
    ['state=', 'state'],
    ['priority=x', 'priority'],
    ["priority=1' or 1=1", 'priority'],
    ['priority=1,,2', 'priority'],
    ['service=a%00b', 'service'],
    ['service=%FF', 'service'],
    ['team=%27;drop', 'team'],
    ['open=yes', 'open'],
    ['open=true&open=false', 'open'],
    ['sort=number', 'sort'],
    ['sort=--openedAt', 'sort'],
    ['sort=constructor', 'sort'],
    ['limit=0', 'limit'],
    ['limit=201', 'limit'],
    ['limit=1e2', 'limit'],
    ['limit=10&limit=20', 'limit'],
    ['cursor=', 'cursor'],
    ['cursor=x', 'cursor'],
    [`cursor=${b64({ sort: 'priority', value: 1, number: 'INC-1' })}`, 'cursor'],
    [`cursor=${b64({ sort: '-openedAt', value: 1, number: 'INC-1' })}`, 'cursor'],
    [
      `cursor=${b64({ sort: '-openedAt', value: '0000-01-01T00:00:00.000Z', number: 'INC-1' })}`,
      'cursor',
    ],
    [`cursor=${b64({ sort: '-openedAt', value: 'now', number: 'INC-1' })}`, 'cursor'],
    [
      `cursor=${b64({ sort: '-openedAt', value: '2026-01-01T00:00:00.000Z', number: 'x' })}`,
      'cursor',
    ],
    [
      `cursor=${b64({ sort: '-openedAt', value: '2026-01-01T00:00:00.000Z', number: 'INC-1', more: 1 })}`,
      'cursor',
    ],
    ['__proto__=1', '__proto__'],
    [`state=${'new,'.repeat(60)}new`, 'state'],
  ])('%s is 400 and names the parameter', async (query, parameter) => {
    const answer = await api.call('GET', `${incidents}?${query}`);
    expect(answer.status).toBe(400);
    expect(problemSchema.parse(answer.body).errors?.[0]?.parameter).toBe(parameter);
  });

  test('a timeline refuses what is no cursor of its', async () => {
    for (const query of [
      'cursor=x',
      'limit=0',
      'seq=1',
      `cursor=${b64({ seq: -1, deliveries: 0 })}`,
    ]) {
      const answer = await api.call('GET', `${incidents}/${number}/timeline?${query}`);
      expect([query, answer.status]).toEqual([query, 400]);
    }
  });
});
