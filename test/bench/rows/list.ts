import { randomUUID } from 'node:crypto';
import { encodeCursor } from '../../../api/cursor.ts';
import { storeKey } from '../../../db/keys.ts';
import { findRecord } from '../../../db/records.ts';
import type { Role } from '../../../domain/actor.ts';
import { fillBarePages, fillList, nameOf } from '../listed.ts';
import type { Line } from '../report.ts';
import { sampleOf } from '../statistics.ts';
import type { Sample } from '../statistics.ts';
import type { Stage } from '../stage.ts';
import type { Row } from './row.ts';

const WARM_UP_READINGS = 5;
const LIST_MS = 50;
const REPORT_MS = 1_000;
const DAY_MS = 86_400_000;

/** One thing that is read, with other values each time. */
interface Reading {
  readonly what: string;
  readonly url: (turn: number) => string;
  readonly headers: Readonly<Record<string, string>>;
}

/** One GET until its last byte. @returns milliseconds @throws Error when it is not 2xx */
async function read(url: string, headers: Reading['headers']): Promise<number> {
  const sent = performance.now();
  const answer = await fetch(url, { headers, signal: AbortSignal.timeout(30_000) });
  const body = await answer.text();
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${body}`);
  return performance.now() - sent;
}

/** Reads each in turn, one at a time, as often as is said. */
async function readInTurns(readings: readonly Reading[], times: number): Promise<Sample[]> {
  const latencies = readings.map((): number[] => []);
  for (let turn = -WARM_UP_READINGS; turn < times; turn += 1) {
    for (const [index, { url, headers }] of readings.entries()) {
      const ms = await read(url(turn + WARM_UP_READINGS), headers);
      if (turn >= 0) latencies[index]?.push(ms);
    }
  }
  return latencies.map((of) => sampleOf(of, of.reduce((sum, ms) => sum + ms, 0) / 1_000));
}

/** The headers of a new key. */
async function keyOf(stage: Stage, holder: string, role: Role): Promise<Reading['headers']> {
  const id = randomUUID();
  const secret = `the-key-of-a-run-of-the-bench-${id}`;
  const key = { id, secret, kind: 'person' as const, holder, roles: [role] };
  await storeKey(stage.pool, { ...key, organisation: 'main', createdBy: 'bench' }, Date.now());
  return { authorization: `Bearer ${secret}` };
}

/** The cursor of a page in the middle of the list. */
async function middle(stage: Stage, listed: number): Promise<string> {
  const { rows } = await stage.pool.query<{ number: string }>(
    'select number from records order by opened_at desc, number desc offset $1 limit 1',
    [Math.floor(listed / 2)],
  );
  const record = await findRecord(stage.pool, rows[0]?.number ?? '');
  if (record === undefined) throw new Error('there is no record in the middle of the list');
  return encodeCursor({ column: 'openedAt', descending: true }, record);
}

type Query = (turn: number) => string;

/** What the desk asks for. */
function agentsQueries(cursor: string, listed: number): Readonly<Record<string, Query>> {
  return {
    'default page': () => '',
    'page in the middle': () => `cursor=${cursor}`,
    'sort=updatedAt': () => 'sort=updatedAt',
    'sort=-updatedAt': () => 'sort=-updatedAt',
    'sort=priority': () => 'sort=priority',
    'sort=-priority': () => 'sort=-priority',
    'open, by priority': () => 'open=true&sort=priority',
    'state, most': () => 'state=closed',
    'state, few': () => 'state=onHold',
    priority: (turn) => `priority=${1 + (turn % 4)}`,
    service: (turn) => `service=${nameOf.service(turn)}`,
    team: (turn) => `team=${nameOf.team(turn)}`,
    assignee: (turn) => `assignee=${nameOf.person(turn)}`,
    'assignee without any': () => 'assignee=nobody',
    'team, open, by priority': (turn) => `team=${nameOf.team(turn)}&open=true&sort=priority`,
    'team, state, priority': (turn) =>
      `team=${nameOf.team(turn)}&state=closed&priority=${1 + (turn % 4)}`,
    'assignee, two states': (turn) =>
      `assignee=${nameOf.person(turn)}&state=inProgress,assigned&sort=-updatedAt`,
    'text, one': (turn) => `text=${nameOf.host((turn * 997) % listed)}`,
    'text, many': () => 'text=printer',
    'text, none': () => 'text=nowhere+to+be+found',
    'text of two letters, many': () => 'text=is',
    'text of two letters, few': () => 'text=qj',
    'text and team, open': (turn) => `text=printer&team=${nameOf.team(turn)}&open=true`,
    'text and assignee': (turn) => `text=printer&assignee=${nameOf.person(turn)}`,
  };
}

const requestersQueries: Readonly<Record<string, Query>> = {
  'default page': () => '',
  'open, by priority': () => 'open=true&sort=priority',
  'state, most': () => 'state=closed',
  'text, many': () => 'text=printer',
  'text of two letters, few': () => 'text=qj',
};

async function listReadings(stage: Stage, listed: number): Promise<Reading[]> {
  const readings = (who: string, headers: Reading['headers'], queries: Record<string, Query>) =>
    Object.entries(queries).map(([what, query]): Reading => {
      const url = (turn: number): string => `${stage.api.url}/api/v1/incidents?${query(turn)}`;
      return { what: `${who}: ${what}`, url, headers };
    });
  const agent = await keyOf(stage, 'dora', 'agent');
  const requester = await keyOf(stage, nameOf.requester(7), 'requester');
  const cursor = await middle(stage, listed);
  return [
    ...readings('agent', agent, agentsQueries(cursor, listed)),
    ...readings('requester', requester, requestersQueries),
  ];
}

function reportReadings({ api }: Stage): Reading[] {
  const path = `${api.url}/api/v1/reports/incidents`;
  const yearAgo = new Date(Date.now() - 365 * DAY_MS).toISOString();
  const reading = (what: string, query: string): Reading => ({
    what,
    url: () => `${path}?${query}`,
    headers: api.headers,
  });
  return [
    reading('report of 30 days', ''),
    reading('report of a year', `from=${yearAgo}`),
    reading('report of a year by team', `from=${yearAgo}&by=team`),
  ];
}

/** Readings as lines, each beside the bare one, which was read in turns with them. */
async function lines(
  bare: Reading,
  readings: readonly Reading[],
  times: number,
  goalMs: number,
  over: string,
): Promise<Line[]> {
  const [base, ...samples] = await readInTurns([bare, ...readings], times);
  return samples.map(({ count, p50, p99, max }, index): Line => {
    const bares =
      base === undefined
        ? []
        : [{ what: bare.what, value: base.p50, p99: base.p99, ratio: p50 / base.p50 }];
    return {
      what: readings[index]?.what ?? '',
      unit: 'ms',
      value: p50,
      p50,
      p99,
      max,
      bares,
      over: `${count} one at a time, ${over}`,
      target: { text: `p99 < ${goalMs}`, met: p99 < goalMs },
    };
  });
}

/** The slowest of some lines, once more, by its name. */
function worst(of: readonly Line[]): Line[] {
  const [slowest] = [...of].sort((a, b) => (b.p99 ?? 0) - (a.p99 ?? 0));
  return slowest === undefined ? [] : [{ ...slowest, what: `the slowest: ${slowest.what}` }];
}

/** How long a page of the list takes, and a report, over a year of records. */
export const list: Row = {
  name: 'list',
  about: 'lists and reports over many records',
  async run(stage, { listed, readings }) {
    await stage.worker(false);
    // What other rows opened would all be newer than this year, and have none of its texts.
    await stage.pool.query('truncate records, wakes');
    await fillList(stage, listed);
    await fillBarePages(stage, listed);
    const over = `${listed} records`;
    const page = { what: 'bare page', url: () => `${stage.bare.url}/pages`, headers: {} };
    const count = { what: 'bare sum', url: () => `${stage.bare.url}/pages/report`, headers: {} };
    const lists = await lines(page, await listReadings(stage, listed), readings, LIST_MS, over);
    const reportTimes = Math.ceil(readings / 10);
    const reports = await lines(count, reportReadings(stage), reportTimes, REPORT_MS, over);
    return [...lists, ...worst(lists), ...reports];
  },
};
