import {
  escalationPolicy,
  factsOf,
  morning,
  night,
  policyOf,
} from '../../test/helpers/escalation.ts';
import { HOUR } from '../time.ts';
import { peopleNamed, resolveTargets } from './resolve.ts';
import type { LiveFacts } from './resolve.ts';
import type { Target } from './schema.ts';

const resolve = (to: Target[], facts: Partial<LiveFacts> = {}) =>
  resolveTargets({ to }, factsOf(facts));
const whom = (to: Target[], facts: Partial<LiveFacts> = {}) =>
  resolve(to, facts).people.map(({ person }) => person);

const all: Target = { team: 'operations', roundRobin: false };
const inTurn: Target = { team: 'operations', roundRobin: true };
const nights: Target = { schedule: 'nights' };

test('everybody is named whom a target may mean now: who is on call, and of a team that takes turns all', () => {
  const facts = factsOf({ now: night, unreachable: new Set(['bob']) });
  expect(peopleNamed([nights], facts)).toEqual(['bob']);
  expect(peopleNamed([nights], { ...facts, now: morning })).toEqual([]);
  expect(peopleNamed([inTurn, { person: 'lea' }, all], facts)).toEqual([
    'ann',
    'bob',
    'cem',
    'lea',
  ]);
});

test('who a schedule has on call is paged because of its version and layer', () => {
  expect(resolve([nights], { now: night }).people).toEqual([
    {
      person: 'bob',
      because: {
        kind: 'schedule',
        schedule: 'nights',
        version: 3,
        source: {
          kind: 'layer',
          temporary: null,
          index: 0,
          name: 'night shift',
          turn: expect.any(Number) as number,
        },
      },
    },
  ]);
});

test('who an override puts on call is paged because of that override', () => {
  const { schedules } = factsOf();
  const standing = schedules['nights'];
  if (standing === undefined) throw new Error('the facts lost their schedule');
  const instead = {
    id: 'o7',
    kind: 'replace',
    person: 'cem',
    insteadOf: 'bob',
    from: night - HOUR,
    to: night + HOUR,
  } as const;
  const changed = { nights: { ...standing, overrides: [instead] } };
  expect(resolve([nights], { now: night, schedules: changed }).people).toEqual([
    {
      person: 'cem',
      because: {
        kind: 'schedule',
        schedule: 'nights',
        version: 3,
        source: { kind: 'override', id: 'o7' },
      },
    },
  ]);
});

test('each person is paged once, for the first reason that there is', () => {
  expect(resolve([{ person: 'bob' }, all]).people).toEqual([
    { person: 'bob', because: { kind: 'person' } },
    { person: 'ann', because: { kind: 'team', team: 'operations' } },
    { person: 'cem', because: { kind: 'team', team: 'operations' } },
  ]);
});

test('who is left out is named with the reason', () => {
  const to: Target[] = [
    { person: 'gone' },
    { person: 'zoe' },
    { person: 'toString' },
    { person: 'lea' },
    { person: 'bob' },
    { team: 'empty', roundRobin: false },
    { team: 'dropped', roundRobin: true },
    nights,
    { schedule: 'days' },
    { channel: 'ops' },
    { channel: 'closed' },
  ];
  const facts = { unreachable: new Set(['lea']), acknowledged: new Set(['bob']) };
  expect(resolve(to, facts)).toEqual({
    people: [],
    channels: ['ops'],
    dropped: [
      { kind: 'person', key: 'gone', why: 'inactive' },
      { kind: 'person', key: 'zoe', why: 'unknown' },
      { kind: 'person', key: 'toString', why: 'unknown' },
      { kind: 'person', key: 'lea', why: 'unreachable' },
      { kind: 'person', key: 'bob', why: 'acknowledged' },
      { kind: 'team', key: 'empty', why: 'empty' },
      { kind: 'team', key: 'dropped', why: 'unknown' },
      { kind: 'schedule', key: 'nights', why: 'empty' },
      { kind: 'schedule', key: 'days', why: 'unknown' },
      { kind: 'channel', key: 'closed', why: 'unknown' },
    ],
  });
});

test('a channel of a kind that is not set up pages nobody, and says that it cannot be reached', () => {
  const { kind } = escalationPolicy.channels.ops;
  expect(resolve([{ channel: 'ops' }], { notSetUp: new Set([kind]) })).toEqual({
    ...{ people: [], channels: [] },
    dropped: [{ kind: 'channel', key: 'ops', why: 'unreachable' }],
  });
});

test('a step for working hours leaves out who is outside of their own, and says so', () => {
  const step = { to: [all], when: { workingHours: true as const } };
  expect(resolveTargets(step, factsOf({ now: morning })).dropped).toEqual([]);
  expect(resolveTargets(step, factsOf({ now: night })).dropped).toEqual([
    { kind: 'person', key: 'ann', why: 'offHours' },
  ]);
});

describe('a round-robin', () => {
  test('pages the member who had no turn for the longest, and tells the position', () => {
    expect(resolve([inTurn], { turns: { operations: ['cem', 'ann', 'cem'] } }).people).toEqual([
      { person: 'bob', because: { kind: 'roundRobin', team: 'operations', position: 1 } },
    ]);
    expect(whom([inTurn], { turns: { operations: ['cem', 'ann', 'bob'] } })).toEqual(['cem']);
  });

  test('passes over a member who cannot be reached, without costing anybody else a turn', () => {
    const turns: string[] = [];
    for (let count = 0; count < 4; count++) {
      const facts = { turns: { operations: turns }, unreachable: new Set(['bob']) };
      turns.push(...whom([inTurn], facts));
    }
    expect(turns).toEqual(['ann', 'cem', 'ann', 'cem']);
  });

  test('gives the first turn to who joins the team', () => {
    const { people, teams } = escalationPolicy;
    const policy = policyOf({
      ...escalationPolicy,
      people: { ...people, dee: { name: 'Dee' } },
      teams: { ...teams, operations: { name: 'Operations', members: ['ann', 'bob', 'dee'] } },
    });
    expect(whom([inTurn], { policy, turns: { operations: ['ann', 'bob', 'cem'] } })).toEqual([
      'dee',
    ]);
  });

  test('gives its turn to somebody who is not paged by the same step anyway', () => {
    expect(whom([{ person: 'ann' }, inTurn])).toEqual(['ann', 'bob']);
  });
});
