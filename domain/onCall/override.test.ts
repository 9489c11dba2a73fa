import { parseOverride } from './override.ts';
import type { Override } from './override.ts';

const KNOWN = new Set(['ann', 'bob', 'cem']);
const time = { from: '2026-06-01T08:00:00Z', to: '2026-06-01T16:00:00Z' };
const hour = (from: number, to: number) => ({
  from: `2026-06-01T${String(from).padStart(2, '0')}:00:00Z`,
  to: `2026-06-01T${String(to).padStart(2, '0')}:00:00Z`,
});

const add = (person: string, when = time) => ({ kind: 'add', person, ...when });
const remove = (person: string, when = time) => ({ kind: 'remove', person, ...when });
const replace = (insteadOf: string | undefined, person: string, when = time) => ({
  kind: 'replace',
  person,
  ...(insteadOf === undefined ? {} : { insteadOf }),
  ...when,
});

/** Overrides made one after the other; fails at the first that is refused. */
function made(...list: object[]): Override[] {
  return list.reduce<Override[]>((before, data) => {
    const parsed = parseOverride(data, KNOWN, before);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
    return [...before, { ...parsed.value, id: `o${before.length + 1}` }];
  }, []);
}

function issuesOf(data: unknown, existing: readonly Override[] = []): string[] {
  const parsed = parseOverride(data, KNOWN, existing);
  if (parsed.ok || parsed.error.kind !== 'invalid') return [];
  return parsed.error.issues.map(({ pointer, detail }) => `${pointer}: ${detail}`);
}

test.each<[fault: string, data: unknown, issue: string]>([
  ['no length', add('ann', hour(8, 8)), '/to: must be later than "from"'],
  ['an end before its start', add('ann', hour(9, 8)), '/to: must be later than "from"'],
  [
    'an end years away',
    add('ann', { from: time.from, to: '2028-06-01T00:00:00Z' }),
    '/to: must be at most 366 days after "from"',
  ],
  [
    'a time behind which no schedule goes',
    add('ann', { from: '2199-12-31T00:00:00Z', to: '2200-01-01T00:00:00Z' }),
    '/to: must be before the year 2200',
  ],
  [
    'somebody whom the policy does not have',
    add('zoe'),
    '/person: "zoe" is not among the policy\'s active people',
  ],
  [
    'somebody who replaces themselves',
    replace('ann', 'ann'),
    '/insteadOf: must be another person than the one who takes over',
  ],
  [
    'somebody to replace where nobody is replaced',
    { ...add('ann'), insteadOf: 'bob' },
    '/insteadOf: is not a known field',
  ],
  [
    'an unknown kind',
    { ...add('ann'), kind: 'move' },
    '/kind: must have the kind "add", "remove" or "replace"',
  ],
])('refuses an override with %s, and says where', (_fault, data, issue) => {
  expect(issuesOf(data)).toEqual([issue]);
});

test('somebody who left the policy can still be taken off', () => {
  expect(issuesOf(remove('zoe'))).toEqual([]);
  expect(issuesOf(replace('zoe', 'ann'))).toEqual([]);
});

test.each<[rule: string, before: object[], data: object, pointer: string, id: string]>([
  ['adds whom another adds', [add('ann')], add('ann'), '/person', 'o1'],
  ['removes whom another removes', [remove('ann')], remove('ann'), '/person', 'o1'],
  ['adds whom another removes', [remove('ann')], add('ann'), '/person', 'o1'],
  ['removes whom another adds', [add('ann')], remove('ann'), '/person', 'o1'],
  ['puts on who is removed', [remove('bob')], replace('ann', 'bob'), '/person', 'o1'],
  ['replaces who is removed', [remove('ann')], replace('ann', 'bob'), '/insteadOf', 'o1'],
  ['removes who is replaced', [replace('ann', 'bob')], remove('ann'), '/person', 'o1'],
  ['replaces who is replaced', [replace('ann', 'bob')], replace('ann', 'cem'), '/insteadOf', 'o1'],
  [
    'replaces everybody where another does',
    [replace(undefined, 'ann')],
    replace(undefined, 'bob'),
    '/kind',
    'o1',
  ],
  [
    'replaces who gave the place back and was replaced again',
    [replace('ann', 'bob'), replace('bob', 'ann'), replace('ann', 'bob')],
    replace('ann', 'cem'),
    '/insteadOf',
    'o3',
  ],
])('an override contradicts when it %s', (_rule, before, data, pointer, id) => {
  const [issue = '', ...others] = issuesOf(data, made(...before));
  expect(issue).toMatch(new RegExp(`^${pointer}: contradicts override ${id}, which `));
  expect(others).toEqual([]);
});

test('the refusal says what the other override does and when', () => {
  expect(issuesOf(replace('ann', 'cem'), made(replace('ann', 'bob', hour(15, 17))))).toEqual([
    '/insteadOf: contradicts override o1, which puts bob in place of ann from 2026-06-01T15:00:00.000Z ' +
      'to 2026-06-01T17:00:00.000Z; withdraw that one, or choose another time',
  ]);
});

test.each<[rule: string, before: object[], data: object]>([
  ['the same again at another time', [add('ann', hour(6, 8))], add('ann')],
  ['who took over passes it on', [replace('ann', 'bob')], replace('bob', 'cem')],
  ['who took over gives it back', [replace('ann', 'bob')], replace('bob', 'ann')],
  [
    'who got it back passes it on',
    [replace('ann', 'bob'), replace('bob', 'ann')],
    replace('ann', 'cem'),
  ],
  ['one person takes over from two', [replace('ann', 'cem')], replace('bob', 'cem')],
  ['another person is added', [add('ann')], add('bob')],
])('no contradiction: %s', (_rule, before, data) => {
  expect(issuesOf(data, made(...before))).toEqual([]);
});

test('a hundred overrides of one time are enough', () => {
  const parsed = made(add('ann'));
  const existing = Array.from({ length: 100 }, (_, index) => ({ ...parsed[0]!, id: `o${index}` }));
  expect(issuesOf(add('bob'), existing)).toEqual([
    '/from: 100 overrides touch this time already; change the schedule instead',
  ]);
});
