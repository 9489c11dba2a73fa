import { callApi } from './call.ts';
import { insertCopies, readOriginal } from './copies.ts';
import type { Copy, Original } from './copies.ts';
import type { Stage } from './stage.ts';

const MINUTE_MS = 60_000;
/** One incident every five minutes: 100,000 are a year. */
const APART_MS = 5 * MINUTE_MS;

/** How an incident comes into each state. */
const ways = {
  new: [],
  assigned: [['assign', { assignee: 'bob' }]],
  inProgress: [['start', {}]],
  onHold: [
    ['start', {}],
    ['hold', { reason: 'supplier' }],
  ],
  resolved: [
    ['start', {}],
    ['resolve', { code: 'fixed', notes: 'Switched off and on again' }],
  ],
  closed: [
    ['start', {}],
    ['resolve', { code: 'fixed', notes: 'Switched off and on again' }],
    ['close', {}],
  ],
  cancelled: [['cancel', { reason: 'It was the wrong cable' }]],
} as const satisfies Record<string, readonly (readonly [string, object])[]>;
type State = keyof typeof ways;

async function openIn(stage: Stage, state: State): Promise<Original> {
  const body = { title: 'To be copied', description: 'To be copied too', impact: 2, urgency: 2 };
  const number = await callApi(stage, '/api/v1/incidents', body);
  for (const [command, input] of ways[state]) {
    await callApi(stage, `/api/v1/incidents/${number}/${command}`, input);
  }
  return readOriginal(stage.pool, number);
}

/** Whole numbers from 0 to below `limit` that look like chance and are the same in every run. */
function scattered(index: number, limit: number): number {
  return (Math.imul(index + 1, 2_654_435_761) >>> 8) % limit;
}

/** The newest twentieth is open, then some are resolved, and most are over; a few old ones stay open. */
function stateOf(index: number, count: number): State {
  const kind = scattered(index, 100);
  if (index < count / 20 || index % 500 === 0) {
    return kind < 10 ? 'new' : kind < 40 ? 'assigned' : kind < 80 ? 'inProgress' : 'onHold';
  }
  if (index < count / 12) return 'resolved';
  return kind < 4 ? 'cancelled' : 'closed';
}

const things = [
  ...['Printer', 'Laptop', 'Mailbox', 'Database', 'Network', 'Web shop', 'Phone', 'Badge'],
  ...['Payroll', 'Backup', 'VPN', 'Screen', 'Calendar', 'Scanner', 'Storage', 'Wiki'],
];
const faults = ['does not answer', 'is slow', 'asks for a password', 'lost data', 'shows an error'];

/** How many different ones there are, and their names by number. */
export const many = {
  services: 40,
  teams: 20,
  people: 200,
  requesters: 2_000,
} as const;
export const nameOf = {
  service: (index: number): string => `service-${index % many.services}`,
  team: (index: number): string => `team-${index % many.teams}`,
  person: (index: number): string => `person-${index % many.people}`,
  requester: (index: number): string => `requester-${index % many.requesters}`,
  /** A word that stands in one title only. */
  host: (index: number): string => `srv-${scattered(index, 2 ** 24).toString(36)}${index}`,
};

function textsOf(index: number): Record<'title' | 'description', string> {
  const thing = things[scattered(index, things.length)] ?? '';
  const fault = faults[scattered(index * 7, faults.length)] ?? '';
  const host = nameOf.host(index);
  return {
    title: `${thing} ${fault} on ${host}`,
    description: `Since this morning the ${thing.toLowerCase()} ${fault}. It stands in room ${scattered(index, 900)}; ${scattered(index, 40)} people cannot work, and restarting ${host} did not help.`,
  };
}

function copyOf(of: Original, index: number, now: number): Copy {
  const earlierMs = index * APART_MS;
  const begun = now - earlierMs;
  const { fields } = of.row;
  const after = (name: string, minutes: number) =>
    typeof fields[name] === 'number' ? { [name]: begun + minutes * MINUTE_MS } : {};
  const priority = [1, 2, 2, 2, 3, 3, 3, 3, 3, 3, 4, 4, 4, 4, 4][scattered(index * 3, 15)] ?? 3;
  const restored = 10 + scattered(index, 3_000);
  return {
    of,
    earlierMs,
    texts: textsOf(index),
    fields: {
      priority,
      service: nameOf.service(scattered(index * 5, 1_000)),
      team: nameOf.team(scattered(index * 5, 1_000)),
      assignee: fields['assignee'] === null ? null : nameOf.person(scattered(index * 11, 10_000)),
      requester: nameOf.requester(scattered(index * 13, 10_000)),
      ...after('respondedAt', scattered(index, 300) / 10),
      ...after('resolvedAt', restored),
      ...after('restoredAt', restored),
      ...after('closedAt', restored + 5 * 24 * 60),
    },
    dueAt: null,
    wake: false,
  };
}

/** Makes so many incidents of the past: a year of a desk when there are 100,000. Nothing about them is due. */
export async function fillList(stage: Stage, count: number): Promise<void> {
  const originals = new Map<State, Original>();
  for (const state of Object.keys(ways) as State[])
    originals.set(state, await openIn(stage, state));
  const now = Date.now() - MINUTE_MS;
  const copies = Array.from({ length: count }, (_, index) => {
    const original = originals.get(stateOf(index, count));
    if (original === undefined) throw new Error('every state has an original');
    return copyOf(original, index, now);
  });
  // Numbers rise with time.
  await insertCopies(stage.pool, copies.reverse());
  for (const table of ['records', 'texts', 'events']) await stage.pool.query(`analyze ${table}`);
}

const PER_STATEMENT = 5_000;

/** The same many rows for the bare API, each as large as a record that is open. */
export async function fillBarePages(stage: Stage, count: number): Promise<void> {
  const { row } = await openIn(stage, 'new');
  const fields = JSON.stringify({ ...row.fields, clocks: row.clocks });
  for (let first = 1; first <= count; first += PER_STATEMENT) {
    await stage.barePool.query(
      `insert into pages (number, opened_at, fields)
       select 'INC-' || i, clock_timestamp() - ($3 - i) * interval '5 minutes', $4::jsonb || jsonb_build_object('title', 'Page ' || i)
       from generate_series($1::integer, $2::integer) i`,
      [first, Math.min(count, first + PER_STATEMENT - 1), count, fields],
    );
  }
  await stage.barePool.query('analyze pages');
}
