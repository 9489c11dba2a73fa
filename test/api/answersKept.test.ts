import { keepInbound } from '../../db/inbound.ts';
import type { Inbound } from '../../db/inbound.ts';
import { DAY, fromIso, HOUR, MINUTE, SECOND, toIso } from '../../domain/time.ts';
import type { Instant } from '../../domain/time.ts';
import { applyKept, receive } from '../../records/inbound.ts';
import { provisor } from '../cli/support.ts';
import { storedLinks } from '../helpers/deliveries.ts';
import { SECRET, startApi } from './support.ts';
import type { TestApi } from './support.ts';

let api: TestApi;
let clock: Instant;

beforeAll(async () => {
  clock = fromIso('2026-11-23T09:00:00Z');
  api = await startApi(() => clock);
});
afterAll(() => api.stop());

let kept = 0;

const report = (detail: string): Inbound => ({
  ...{ provider: 'twilio', providerId: `SM${++kept}`, kind: 'report', effectKey: 'INC-1/2/0' },
  ...{ person: null, answer: null, methods: [], delivered: true, detail },
});

/** PostgreSQL refuses to end whatever reports this, with a fault each time. */
async function cannotEnd(detail: string): Promise<void> {
  await api.pool.query(`
    create or replace function refuse() returns trigger language plpgsql as $$
      begin if new.detail = '${detail}' and new.outcome = 'noted' then raise exception 'cannot be applied'; end if; return new; end $$;
    create or replace trigger refuse before update on inbound_answers for each row execute function refuse();`);
}

async function rowOf({ providerId }: Inbound) {
  const { rows } = await api.pool.query<{ attempts: number; outcome: string | null }>(
    'select attempts, outcome from inbound_answers where provider_id = $1',
    [providerId],
  );
  return rows[0];
}

async function sweep(after: number): Promise<readonly { gaveUp: boolean }[]> {
  clock += after;
  return applyKept(api.engine);
}

test('what cannot be applied is tried ever more rarely, holds up nothing else, and is given up after twenty attempts', async () => {
  await cannotEnd('poison');
  const poison = report('poison');
  expect(await receive(api.engine, poison)).toBe('kept');
  const other = report('fine');
  await keepInbound(api.pool, other, clock, null);
  expect(await sweep(0)).toMatchObject([{ gaveUp: false }]);
  expect(await rowOf(other)).toMatchObject({ outcome: 'noted' });
  expect(await sweep(19 * SECOND)).toEqual([]);
  expect(await sweep(SECOND)).toHaveLength(1);
  expect(await sweep(39 * SECOND)).toEqual([]);
  const later: boolean[] = [];
  while (!later.includes(true)) later.push(...(await sweep(10 * MINUTE)).map((it) => it.gaveUp));
  expect(later).toHaveLength(18);
  expect(await rowOf(poison)).toEqual({ attempts: 20, outcome: 'failed' });
  expect(await sweep(HOUR)).toEqual([]);
});

test('what was given up is listed for managers and admins, and counted', async () => {
  const lea = await api.key('lea', ['manager']);
  const { body } = await api.call('GET', '/api/v1/operations/failed-answers', { key: lea });
  expect(body).toMatchObject({
    items: [
      {
        ...{ provider: 'twilio', kind: 'report', effectKey: 'INC-1/2/0', attempts: 20 },
        error: 'cannot be applied',
      },
    ],
    nextCursor: null,
  });
  const ann = await api.key('ann', ['resolver']);
  const refused = await api.call('GET', '/api/v1/operations/failed-answers', { key: ann });
  expect(refused.status).toBe(403);
  const metrics = await (await fetch(`${api.url}/metrics`)).text();
  expect(metrics).toContain('provisor_answers_failed 1');
  expect(metrics).toContain('provisor_answers_waiting 0');
});

describe('what was given up, tried again', () => {
  const listed = async () => {
    const { body } = await api.call('GET', '/api/v1/operations/failed-answers');
    return (body['items'] as { id: string }[]).map(({ id }) => id);
  };
  const retry = (id: string, key?: string) =>
    api.call('POST', `/api/v1/operations/failed-answers/${id}/retry`, key ? { key } : {});

  test('while it fails still waits, and is given up as it was at first', async () => {
    const [id = ''] = await listed();
    const { rows } = await api.pool.query<{ provider_id: string }>(
      'select provider_id from inbound_answers where id = $1',
      [id],
    );
    const poison = { ...report('poison'), providerId: rows[0]?.provider_id ?? '' };
    expect(await retry(id)).toMatchObject({ status: 200, body: { id, outcome: 'kept' } });
    expect(await rowOf(poison)).toEqual({ attempts: 1, outcome: null });
    expect(await listed()).toEqual([]);
    expect(await retry(id)).toMatchObject({ status: 200, body: { id, outcome: 'kept' } });
    expect(await rowOf(poison)).toEqual({ attempts: 1, outcome: null });
    const later: boolean[] = [];
    while (!later.includes(true)) later.push(...(await sweep(10 * MINUTE)).map((it) => it.gaveUp));
    expect(await rowOf(poison)).toEqual({ attempts: 20, outcome: 'failed' });
  });

  test('has its effect at once when nothing is in its way any more, and once', async () => {
    await api.pool.query('drop trigger refuse on inbound_answers');
    const [id = ''] = await listed();
    const env = { PROVISOR_URL: api.url, PROVISOR_KEY: await api.key('lea', ['manager']) };
    const { out } = await provisor(['operation', 'failed-answers', 'list'], env);
    expect(out).toMatch(new RegExp(`^ID .*\\n${id} +twilio +report +INC-1/2/0 `));
    const command = ['operation', 'failed-answers', 'retry', id];
    expect((await provisor(command, env)).out).toBe(`${id} was tried: noted.\n`);
    expect((await provisor(command, env)).out).toBe(`${id} was tried: noted.\n`);
    expect(await listed()).toEqual([]);
  });

  test('is told of in the audit log, once for each that was tried', async () => {
    const { body } = await api.call('GET', '/api/v1/audit?limit=200');
    const tried = (body['items'] as { kind: string; actor: string; data: object }[]).filter(
      ({ kind }) => kind === 'answerTriedAgain',
    );
    expect(tried.map(({ actor }) => actor).sort()).toEqual(['person:admin', 'person:lea']);
    expect(tried[0]?.data).toMatchObject({ provider: 'twilio', effectKey: 'INC-1/2/0' });
  });

  test('is there for managers and admins alone, and only when it came', async () => {
    expect((await retry('1', await api.key('ann', ['resolver']))).status).toBe(403);
    for (const id of ['987654321', 'x', '0']) expect((await retry(id)).status).toBe(404);
  });
});

test('what ended is known as a repeat for 30 days, and forgotten then', async () => {
  const once = report('once');
  await receive(api.engine, once);
  await sweep(30 * DAY);
  expect(await rowOf(once)).toMatchObject({ outcome: 'noted' });
  await sweep(SECOND);
  expect(await rowOf(once)).toBeUndefined();
});

test('a link is forgotten 30 days after it expired, and says still that it expired', async () => {
  const links = async (): Promise<string[]> => {
    const { rows } = await api.pool.query<{ id: string }>('select id from action_links');
    return rows.map(({ id }) => id);
  };
  const to = { effectKey: 'INC-1/2/0', number: 'INC-1', organisation: 'main', person: 'ann' };
  const stored = await storedLinks(api.pool, SECRET, { ...to, expiresAt: clock + HOUR });
  await sweep(HOUR + 30 * DAY);
  expect(await links()).toHaveLength(2);
  await sweep(SECOND);
  expect(await links()).toEqual([]);
  const opened = await fetch(`${api.url}/a/${stored.answer}`);
  expect(await opened.text()).toContain('expired');
});

test('what waits is never forgotten', async () => {
  await cannotEnd('slow');
  const slow = report('slow');
  await keepInbound(api.pool, slow, clock - 60 * DAY, null);
  await sweep(0);
  expect(await rowOf(slow)).toEqual({ attempts: 1, outcome: null });
  const { rows } = await api.pool.query<{ next: Date }>(
    'select next_attempt_at as next from inbound_answers where provider_id = $1',
    [slow.providerId],
  );
  expect(rows[0]?.next.toISOString()).toBe(toIso(clock + 20 * SECOND));
});
