import { listNotifications } from '../../db/ledger.ts';
import type { LedgerQuery } from '../../db/ledger.ts';
import type { Queryable } from '../../db/pool.ts';
import { HOUR, MINUTE } from '../../domain/time.ts';
import { createTestDatabase } from '../helpers/database.ts';
import type { TestDatabase } from '../helpers/database.ts';

const end = Date.parse('2026-11-23T08:00:00Z');
const COUNT = 20_000;
const LIMIT = 50;

let database: TestDatabase;
/** Twenty thousand messages, one a second, of which a few are of a rare kind, state and channel. */
beforeAll(async () => {
  database = await createTestDatabase();
  await database.pool.query(
    `insert into effects (key, number, organisation, kind, payload, policy, state, created_at, give_up_at, finished_at)
     select 'INC-' || n / 4 || '/2/' || n % 4, 'INC-' || n / 4, 'main', 'notification',
       jsonb_build_object('person', 'p' || n % 200, 'channel', case when n % 5000 = 7 then 'voice' when n % 2 = 0 then 'email' else 'sms' end,
         'message', case when n % 5000 = 9 then 'exhausted' else 'page' end),
       '', case when n % 5000 = 3 then 'dead' when n % 5000 = 5 then 'pending' when n % 5000 = 8 then 'cancelled' else 'done' end, t, t, t
     from generate_series(0, $2::integer - 1) n, lateral (select $1::timestamptz - make_interval(secs => $2 - n) as t) as x`,
    [new Date(end), COUNT],
  );
  await database.pool.query('analyze effects');
});
afterAll(() => database.drop());

interface PlanNode {
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly PlanNode[];
}

/** How many messages are looked at on a plan's way. */
function lookedAt(node: PlanNode): number {
  const below = (node.Plans ?? []).reduce((sum, child) => sum + lookedAt(child), 0);
  if (node['Relation Name'] !== 'effects') return below;
  const rows = node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0);
  return below + rows * node['Actual Loops'];
}

/** How many messages PostgreSQL looks at to answer a question to the ledger. */
async function cost(query: Omit<LedgerQuery, 'limit'>): Promise<number> {
  let count = 0;
  const explaining = {
    async query(text: string, values: unknown[]) {
      const { rows } = await database.pool.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
        `explain (analyze, format json) ${text}`,
        values,
      );
      count += lookedAt(rows[0]!['QUERY PLAN'][0].Plan);
      return { rows: [] };
    },
  };
  await listNotifications(explaining as unknown as Queryable, { ...query, limit: LIMIT });
  return count;
}

const long = { from: end - 5 * HOUR, to: end - MINUTE };
const after = { at: end - 3 * HOUR, id: 'INC-1/2/0' };

test.each<[string, Omit<LedgerQuery, 'limit'>]>([
  ['nothing', {}],
  ['a person', { person: 'p3' }],
  ['nobody', { person: 'nobody' }],
  ['a record', { number: 'INC-100' }],
  ['a rare channel', { channels: ['voice'] }],
  ['a channel that was never used', { channels: ['slack'] }],
  ['a common channel', { channels: ['email'] }],
  ['several channels', { channels: ['voice', 'slack'] }],
  ['a rare message', { messages: ['exhausted'] }],
  ['what was given up', { states: ['dead'] }],
  ['what is open', { states: ['pending', 'started'] }],
  ['what was cancelled', { states: ['cancelled', 'cancelling'] }],
  ['what is done', { states: ['done'] }],
  ['a time', { from: end - 4 * HOUR, to: end - 3 * HOUR }],
  ['a rare channel in a time', { ...long, channels: ['voice'] }],
  ['a person in a time', { ...long, person: 'p3' }],
  ['what was given up for a person', { person: 'p3', states: ['dead'] }],
  ['a page further on', { after }],
  ['a page further on of a person', { person: 'p3', after }],
  ['a page further on of a rare message', { messages: ['exhausted'], after }],
])('a question for %s looks at few of many messages', async (_, query) => {
  expect(await cost(query)).toBeLessThan(8 * LIMIT);
});
