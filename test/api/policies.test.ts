import { stringify } from 'yaml';
import { readEvents } from '../../db/events.ts';
import type { PolicyInput } from '../../domain/policy.ts';
import { tick } from '../../records/commit.ts';
import { testPolicy } from '../helpers/policy.ts';
import { startApi } from './support.ts';
import type { Answer, TestApi } from './support.ts';

let api: TestApi;
let manager: string;
beforeAll(async () => {
  api = await startApi();
  manager = await api.key('lea', ['manager']);
});
afterAll(() => api.stop());

const policies = '/api/v1/policies';

function edited(change: (policy: PolicyInput) => void): PolicyInput {
  const copy = structuredClone(testPolicy) as PolicyInput;
  change(copy);
  return copy;
}

let names = 0;
/** A policy that nobody has applied yet: it differs in a name. */
function another(change: (policy: PolicyInput) => void = () => undefined): PolicyInput {
  names += 1;
  return edited((policy) => {
    policy.people['ann'] = { name: `Ann ${names}`, email: 'ann@example.org' };
    change(policy);
  });
}

function resolveWithin(within: string): PolicyInput {
  return another((policy) => {
    const level = policy.serviceLevels['standard'];
    if (level?.resolve) level.resolve['1'] = { within, calendar: 'always' };
  });
}

function apply(body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  return api.call('POST', policies, { key: manager, body, headers });
}

async function inForce(): Promise<string> {
  return String((await api.call('GET', '/api/v1/policy')).body['hash']);
}

describe('who may', () => {
  test.each([
    ['requester', 403, 403],
    ['agent', 200, 403],
    ['manager', 200, 200],
    ['admin', 200, 200],
  ] as const)('%s: history %i, check %i', async (role, history, check) => {
    const key = await api.key('somebody', [role]);
    expect((await api.call('GET', policies, { key })).status).toBe(history);
    const checked = await api.call('POST', `${policies}/check`, { key, body: testPolicy });
    expect(checked.status).toBe(check);
    if (check === 403) {
      const applied = await api.call('POST', policies, { key, body: testPolicy });
      expect(applied.status).toBe(403);
    }
  });
});

describe('check', () => {
  test('tells what would change, and changes nothing', async () => {
    const number = await api.open();
    const before = await inForce();
    const answer = await api.call('POST', `${policies}/check`, {
      key: manager,
      body: resolveWithin('1h'),
    });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      inForce: before,
      changed: true,
      changes: {
        policy: {
          items: expect.arrayContaining([
            {
              pointer: '/serviceLevels/standard/resolve/1/within',
              kind: 'changed',
              from: '4h',
              to: '1h',
            },
          ]) as unknown,
        },
        records: {
          complete: true,
          deadlines: [
            { clock: 'resolve', rule: 'serviceLevels.standard.resolve.1', later: 0, removed: 0 },
          ],
          items: expect.arrayContaining([expect.objectContaining({ number })]) as unknown,
        },
      },
    });
    expect(await inForce()).toBe(before);
    expect(await readEvents(api.pool, number)).toHaveLength(1);
  });

  test('every fault is named by its place', async () => {
    const body = edited((policy) => {
      policy.defaultService = 'nothing';
      policy.reopenWithin = '2 weeks';
    });
    const answer = await api.call('POST', `${policies}/check`, { key: manager, body });
    expect(answer.status).toBe(422);
    expect(answer.body['errors']).toEqual([
      {
        pointer: '/reopenWithin',
        detail: 'must be a duration such as 30s, 15m, 4h, 1h30m or 5d',
      },
    ]);
  });

  test('warns of an escalation whose catch-all names nobody whom a page reaches', async () => {
    const body = another((policy) => {
      policy.people['cem'] = { name: 'Cem' };
      policy.escalations['late'] = {
        priorities: [1],
        steps: [{ to: [{ person: 'ann' }], wait: '5m' }],
        catchAll: { to: [{ person: 'cem' }] },
      };
    });
    const { status, body: preview } = await api.call('POST', `${policies}/check`, { body });
    expect([status, preview['warnings']]).toEqual([
      200,
      [
        {
          pointer: '/escalations/late/catchAll/to',
          detail: expect.stringContaining('nobody whom a page surely reaches now') as unknown,
        },
      ],
    ]);
  });

  test('in YAML a fault is named by its line too, and comments do not count', async () => {
    const headers = { 'content-type': 'application/yaml' };
    const yaml = `# ours\n${stringify({ ...testPolicy, defaultService: 'nothing' })}`;
    const refused = await api.call('POST', `${policies}/check`, {
      key: manager,
      raw: yaml,
      headers,
    });
    const line = yaml.split('\n').findIndex((text) => text.startsWith('defaultService')) + 1;
    expect(refused.status).toBe(422);
    expect(refused.body['errors']).toEqual([
      {
        pointer: '/defaultService',
        detail: `line ${line}: "nothing" is not in services, which has: shop, wiki`,
      },
    ]);
    const [commented, plain] = await Promise.all([
      api.call('POST', `${policies}/check`, {
        key: manager,
        raw: `# ours\n${stringify(testPolicy)}`,
        headers,
      }),
      api.call('POST', `${policies}/check`, { key: manager, body: testPolicy }),
    ]);
    expect(commented.body['hash']).toBe(plain.body['hash']);
  });

  test.each([
    ['no YAML', 'a: [1', /line 1|line 2/],
    ['a key twice', 'a: 1\na: 2', /line 2/],
    ['a circle', 'a: &a [*a, *a]', /cannot be read/],
    ['anchors without end', bomb(), /cannot be read/],
    ['a dangerous name', '__proto__: { a: 1 }', /known field/],
    ['a list', '- 1', /expected object/i],
    ['nothing', '# empty', /expected object/i],
  ])('YAML that is %s is refused', async (_what, raw, detail) => {
    const answer = await api.call('POST', `${policies}/check`, {
      key: manager,
      raw,
      headers: { 'content-type': 'application/yaml' },
    });
    expect(answer.status).toBe(422);
    expect(answer.body['detail']).toMatch(detail);
  });

  test('bytes that are no UTF-8, other types and bodies over 1 MB are refused', async () => {
    const send = (raw: string | Uint8Array<ArrayBuffer>, type: string): Promise<Answer> =>
      api.call('POST', `${policies}/check`, {
        key: manager,
        raw,
        headers: { 'content-type': type },
      });
    expect((await send(new Uint8Array([0xff, 0xfe]), 'application/yaml')).status).toBe(400);
    expect((await send('a: 1', 'text/plain')).status).toBe(415);
    expect((await send(`# ${'x'.repeat(1_100_000)}`, 'application/yaml')).status).toBe(413);
  });
});

/** Nine levels of nine: 400 million items, were they all made. */
function bomb(): string {
  const levels = ['a0: &a0 [1]'];
  for (let level = 1; level <= 9; level += 1) {
    const before = Array.from({ length: 9 }, () => `*a${level - 1}`).join(', ');
    levels.push(`a${level}: &a${level} [${before}]`);
  }
  return levels.join('\n');
}

describe('apply', () => {
  test('puts it in force, says where it is, and its progress is visible', async () => {
    const number = await api.open();
    const answer = await apply(resolveWithin('2h'));
    const hash = String(answer.body['hash']);
    expect([answer.status, answer.body['changed']]).toEqual([201, true]);
    expect(answer.headers.get('location')).toBe(`${policies}/${hash}`);
    expect(await inForce()).toBe(hash);

    const before = await api.call('GET', `${policies}/${hash}`, { key: manager });
    const { open, decidedByOthers } = before.body['records'] as Record<string, number>;
    expect(before.body).toMatchObject({ hash, inForce: true, storedBy: 'lea' });
    expect(decidedByOthers).toBe(open);
    await tick(api.engine, number, Date.now());
    const after = await api.call('GET', `${policies}/${hash}`, { key: manager });
    expect(after.body['records']).toMatchObject({ decidedByIt: 1, decidedByOthers: open! - 1 });
  });

  test('one that is in force already changes nothing', async () => {
    const body = resolveWithin('3h');
    await apply(body);
    const history = await api.call('GET', policies, { key: manager });
    const answer = await apply(body);
    expect([answer.status, answer.body['changed']]).toEqual([200, false]);
    expect((await api.call('GET', policies, { key: manager })).body).toEqual(history.body);
  });

  test('one with a fault changes nothing', async () => {
    const before = await inForce();
    const answer = await apply({ ...testPolicy, colour: 'blue' });
    expect(answer.status).toBe(422);
    expect(answer.body['errors']).toEqual([{ pointer: '/colour', detail: 'is not a known field' }]);
    expect(await inForce()).toBe(before);
  });

  test('of two who saw the same policy in force only one applies theirs', async () => {
    const seen = { 'if-match': `"${await inForce()}"` };
    const answers = await Promise.all([apply(another(), seen), apply(another(), seen)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 412]);
    const malformed = await apply(another(), { 'if-match': '7' });
    expect([malformed.status, malformed.body['errors']]).toEqual([
      400,
      [expect.objectContaining({ header: 'If-Match' })],
    ]);
  });

  test('a repeat with the same key gets the first answer, also after another policy came', async () => {
    const [first, second] = [another(), another()];
    const headers = { 'idempotency-key': 'apply-1', 'if-match': `"${await inForce()}"` };
    const answer = await apply(first, headers);
    expect(answer.status).toBe(201);
    await apply(second);
    const current = await inForce();
    const repeated = await apply(first, headers);
    expect([repeated.status, repeated.body]).toEqual([201, answer.body]);
    expect(await inForce()).toBe(current);
    expect((await apply(another(), headers)).status).toBe(422);
  });
});

describe('history', () => {
  test('names each policy that came into force, the newest first, in pages', async () => {
    const hashes: string[] = [];
    for (let count = 0; count < 3; count += 1) {
      hashes.unshift(String((await apply(another())).body['hash']));
    }
    const first = await api.call('GET', `${policies}?limit=2`, { key: manager });
    const items = first.body['items'] as Record<string, unknown>[];
    expect(items.map(({ hash }) => hash)).toEqual(hashes.slice(0, 2));
    expect(items[0]).toMatchObject({ activatedBy: 'lea', inForce: true });
    const cursor = String(first.body['nextCursor']);
    const next = await api.call('GET', `${policies}?limit=2&cursor=${cursor}`, { key: manager });
    expect((next.body['items'] as Record<string, unknown>[])[0]).toMatchObject({
      hash: hashes[2],
      inForce: false,
    });
    expect((await api.call('GET', `${policies}?cursor=nonsense`, { key: manager })).status).toBe(
      400,
    );
  });

  test('one that was never stored is not there', async () => {
    for (const hash of ['0'.repeat(32), 'INC-1']) {
      const answer = await api.call('GET', `${policies}/${hash}`, { key: manager });
      expect(answer.status).toBe(404);
    }
  });
});
