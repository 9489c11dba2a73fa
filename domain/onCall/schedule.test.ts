import { parseSchedule } from './schedule.ts';

const KNOWN = new Set(['ann', 'bob']);

const layer = {
  name: 'primary',
  rotation: { kind: 'weekly', handOver: '09:00', weekday: 'monday' },
  start: '2026-01-05',
  people: ['ann', 'bob'],
};
const schedule = { name: 'desk', timeZone: 'Europe/Berlin', layers: [layer] };
const temporary = {
  name: 'christmas',
  from: '2026-12-24T12:00:00+01:00',
  to: '2026-12-27T08:00:00Z',
  layers: [layer],
};

const withLayer = (change: object) => ({ ...schedule, layers: [{ ...layer, ...change }] });
const withTemporary = (...changes: object[]) => ({
  ...schedule,
  temporary: changes.map((change) => ({ ...temporary, ...change })),
});

function issuesOf(data: unknown): string[] {
  const result = parseSchedule(data, KNOWN);
  if (result.ok || result.error.kind !== 'invalid') return [];
  return result.error.issues.map(({ pointer, detail }) => `${pointer}: ${detail}`);
}

test('what may be left out has a default, and instants become epoch milliseconds', () => {
  expect(parseSchedule({ ...schedule, temporary: [temporary] }, KNOWN)).toMatchObject({
    ok: true,
    value: {
      layers: [{ rotation: { every: 1 }, assignment: 'roundRobin' }],
      temporary: [{ from: Date.UTC(2026, 11, 24, 11), to: Date.UTC(2026, 11, 27, 8) }],
    },
  });
});

test('one name may have several turns, and null leaves a turn to the layers below', () => {
  expect(issuesOf(withLayer({ people: ['ann', 'ann', null, 'bob'] }))).toEqual([]);
});

test('a schedule may have no layers, for a calendar can tell its shifts', () => {
  expect(issuesOf({ ...schedule, layers: [] })).toEqual([]);
});

const many = <T>(count: number, make: (index: number) => T) =>
  Array.from({ length: count }, (_, i) => make(i));

test.each<[fault: string, data: unknown, issue: string]>([
  [
    'a zone that does not exist',
    { ...schedule, timeZone: 'Europe/Bonn' },
    '/timeZone: "Europe/Bonn" is no IANA time zone; write one such as "Europe/Berlin"',
  ],
  [
    'an offset instead of a zone, which has no daylight saving',
    { ...schedule, timeZone: '+01:00' },
    '/timeZone: "+01:00" is no IANA time zone; write one such as "Europe/Berlin"',
  ],
  [
    'a temporary schedule without a layer',
    withTemporary({ layers: [] }),
    '/temporary/0/layers: must have at least one layer',
  ],
  [
    'more layers than anybody can follow',
    { ...schedule, layers: many(21, (index) => ({ ...layer, name: `l${index}` })) },
    '/layers: must have at most 20 layers',
  ],
  [
    'two layers of one name',
    { ...schedule, layers: [layer, layer] },
    '/layers/1/name: "primary" is the name of another layer too; give each its own',
  ],
  [
    'an empty rotation',
    withLayer({ people: [] }),
    '/layers/0/people: must name at least one person',
  ],
  [
    'a rotation of empty turns',
    withLayer({ people: [null, null] }),
    '/layers/0/people: must name at least one person',
  ],
  [
    'more turns than people may be named',
    withLayer({ people: many(201, () => 'ann') }),
    '/layers/0/people: must have at most 200 turns',
  ],
  [
    'somebody whom the policy does not have',
    withLayer({ people: ['ann', 'zoe'] }),
    '/layers/0/people/1: "zoe" is not among the policy\'s active people',
  ],
  [
    'somebody unknown in a temporary schedule',
    withTemporary({ layers: [{ ...layer, people: ['zoe'] }] }),
    '/temporary/0/layers/0/people/0: "zoe" is not among the policy\'s active people',
  ],
  [
    'an end before the start',
    withLayer({ until: '2026-01-04' }),
    '/layers/0/until: must be after the start',
  ],
  [
    'a layer of no length',
    withLayer({ until: '2026-01-05' }),
    '/layers/0/until: must be after the start',
  ],
  [
    'a date that is not there',
    withLayer({ start: '2027-02-29' }),
    '/layers/0/start: must be a date such as "2026-11-23"',
  ],
  [
    'a date beyond the bounds',
    withLayer({ start: '2200-01-01' }),
    '/layers/0/start: must be a date from 1970 to 2199',
  ],
  [
    'a time of day that is not there',
    withLayer({ rotation: { kind: 'daily', handOver: '24:00' } }),
    '/layers/0/rotation/handOver: must be a time of day such as "09:00"',
  ],
  [
    'turns of no length',
    withLayer({ rotation: { kind: 'hourly', handOver: '09:00', every: 0 } }),
    '/layers/0/rotation/every: must be at least 1',
  ],
  [
    'a kind of rotation that is none',
    withLayer({ rotation: { kind: 'yearly', handOver: '09:00' } }),
    '/layers/0/rotation/kind: must have the kind "hourly", "daily", "weekly" or "monthly"',
  ],
  [
    'a weekday where the rotation has none',
    withLayer({ rotation: { kind: 'daily', handOver: '09:00', weekday: 'monday' } }),
    '/layers/0/rotation/weekday: is not a known field',
  ],
  [
    'restrictions that overlap',
    withLayer({ restrictions: { monday: ['08:00-12:00', '11:00-17:00'] } }),
    '/layers/0/restrictions/monday/1: "11:00-17:00" starts before "08:00-12:00" ends; list a day\'s segments in order, without overlap',
  ],
  [
    'restrictions of no length',
    withLayer({ restrictions: { monday: ['08:00-08:00'] } }),
    '/layers/0/restrictions/monday/0: "08:00-08:00" is empty; delete it, or write "00:00-24:00"',
  ],
  [
    'restrictions that leave nothing',
    withLayer({ restrictions: {} }),
    '/layers/0/restrictions: never opens; give a day a segment, such as monday: ["08:00-17:00"]',
  ],
  [
    'a temporary schedule of no length',
    withTemporary({ to: temporary.from }),
    '/temporary/0/to: must be later than "from"',
  ],
  [
    'a temporary schedule that is none',
    withTemporary({ to: '2028-01-01T00:00:00Z' }),
    '/temporary/0/to: must be at most 366 days after "from"',
  ],
  [
    'temporary schedules that overlap',
    withTemporary(
      {},
      { name: 'new year', from: '2026-12-27T07:59:59Z', to: '2027-01-02T00:00:00Z' },
    ),
    '/temporary/1/from: overlaps "christmas"; only one temporary schedule can stand at a time',
  ],
  [
    'temporary schedules that overlap, though another one stands between them in the list',
    withTemporary(
      {},
      { name: 'spring', from: '2026-04-01T00:00:00Z', to: '2026-04-02T00:00:00Z' },
      { name: 'new year', from: '2026-12-27T07:59:59Z', to: '2027-01-02T00:00:00Z' },
    ),
    '/temporary/2/from: overlaps "christmas"; only one temporary schedule can stand at a time',
  ],
  [
    'an instant without an offset',
    withTemporary({ from: '2026-12-24T12:00:00' }),
    '/temporary/0/from: must be a date and time such as 2026-11-23T09:00:00Z',
  ],
])('refuses %s, and says where', (_fault, data, issue) => {
  expect(issuesOf(data)).toEqual([issue]);
});

test('temporary schedules may follow each other without a pause', () => {
  const next = { name: 'new year', from: temporary.to, to: '2027-01-02T00:00:00Z' };
  expect(issuesOf(withTemporary({}, next))).toEqual([]);
});
