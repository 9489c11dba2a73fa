import { june, noonToNoon, override, scheduleOf } from '../../test/helpers/onCall.ts';
import { systemActor } from '../actor.ts';
import type { Actor, Role } from '../actor.ts';
import type { Result } from '../errors.ts';
import { toIso } from '../time.ts';
import { acceptSwap, allowedSwapCommands, endSwap } from './answerSwap.ts';
import { onCallAt } from './onCall.ts';
import type { Override } from './override.ts';
import { proposeSwap } from './proposeSwap.ts';
import { swapState } from './swap.ts';
import type { Swap, SwapCommand, SwapSituation, SwapState } from './swap.ts';

const person = (id: string, ...roles: Role[]): Actor => ({
  kind: 'person',
  id,
  roles: roles.length > 0 ? roles : ['resolver'],
  organisation: 'default',
});
const lea = person('lea', 'manager');

const desk = scheduleOf([noonToNoon]);

/** As things stand at a moment of June, for somebody; Ann and Bob take turns at noon, Ann from the 1st to the 2nd. */
const situation = (
  who: string | Actor,
  when: string,
  change: Partial<SwapSituation> = {},
): SwapSituation => ({
  schedule: desk,
  overrides: [],
  people: new Set(['ann', 'bob', 'cem', 'lea']),
  actor: typeof who === 'string' ? person(who) : who,
  now: june(when),
  ...change,
});

const stretch = (from: string, to: string) => ({ from: toIso(june(from)), to: toIso(june(to)) });
/** Ann's from 3 June, Bob's from 4 June. */
const anns = stretch('03T12:00', '04T12:00');
const bobs = stretch('04T12:00', '05T12:00');

function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

function errorOf(result: Result<unknown>) {
  return result.ok ? undefined : result.error;
}

const asked = valueOf(
  proposeSwap({ to: 'bob', shift: anns, forShift: bobs }, situation('ann', '01T09:00')),
);

/** The overrides as they stand once a swap was accepted. */
const standing = (overrides: readonly object[], from = 1) =>
  overrides.map((body, index) => ({ ...body, id: `o${index + from}` }) as Override);

describe('asking for a swap', () => {
  test('keeps the shifts of both as they are now', () => {
    expect(asked).toMatchObject({ state: 'asked', by: 'ann', to: 'bob', askedBy: 'ann' });
    expect(asked.gives).toMatchObject([
      { person: 'ann', from: june('03T12:00'), to: june('04T12:00') },
    ]);
    expect(asked.takes).toMatchObject([
      { person: 'bob', from: june('04T12:00'), to: june('05T12:00') },
    ]);
  });

  test('a manager may ask for somebody', () => {
    const swap = valueOf(
      proposeSwap({ by: 'ann', to: 'cem', shift: anns }, situation(lea, '01T09:00')),
    );
    expect(swap).toMatchObject({ by: 'ann', to: 'cem', askedBy: 'lea', takes: [] });
  });

  test('of a shift that runs the rest is meant', () => {
    const swap = valueOf(proposeSwap({ to: 'bob', shift: anns }, situation('ann', '03T18:00')));
    expect(swap.gives).toMatchObject([{ from: june('03T18:00'), to: june('04T12:00') }]);
  });

  test('nobody but a manager asks for somebody else', () => {
    const result = proposeSwap({ by: 'ann', to: 'bob', shift: anns }, situation('cem', '01T09:00'));
    expect(errorOf(result)).toMatchObject({ kind: 'forbidden', needed: ['manager'] });
  });

  test.each<[fault: string, data: object, when: string, issue: string]>([
    [
      'a shift of somebody else',
      { to: 'cem', shift: bobs },
      '01T09:00',
      '/shift: ann is not on call in this time',
    ],
    [
      'a shift that is past',
      { to: 'bob', shift: anns },
      '04T12:00',
      '/shift: is past; only what is still to come can be swapped',
    ],
    [
      'a shift in return that is not the other’s',
      { to: 'cem', shift: anns, forShift: bobs },
      '01T09:00',
      '/forShift: cem is not on call in this time',
    ],
    ['themselves', { to: 'ann', shift: anns }, '01T09:00', '/to: must be somebody else'],
    [
      'somebody whom the policy does not have',
      { to: 'zoe', shift: anns },
      '01T09:00',
      '/to: "zoe" is not among the policy\'s active people',
    ],
    [
      'a time of no length',
      { to: 'bob', shift: stretch('03T12:00', '03T12:00') },
      '01T09:00',
      '/shift/to: must be later than "from"',
    ],
  ])('is refused for %s', (_fault, data, when, issue) => {
    const error = errorOf(proposeSwap(data, situation('ann', when)));
    const issues = error?.kind === 'invalid' ? error.issues : [];
    expect(issues.map(({ pointer, detail }) => `${pointer}: ${detail}`)).toEqual([issue]);
  });

  test('is refused when the other is on call then already', () => {
    const added = override('o1', { kind: 'add', person: 'bob' }, '04T11:00', '04T12:00');
    const result = proposeSwap(
      { to: 'bob', shift: anns },
      situation('ann', '01T09:00', { overrides: [added] }),
    );
    expect(errorOf(result)).toEqual({
      kind: 'invalid',
      issues: [{ pointer: '/shift', detail: 'bob is on call then already' }],
    });
  });
});

describe('what may be done with a swap', () => {
  const accepted = valueOf(acceptSwap(asked, situation('bob', '01T10:00'))).swap;
  const declined = valueOf(endSwap(asked, 'decline', situation('bob', '01T10:00')));
  const withdrawn = valueOf(endSwap(asked, 'withdraw', situation('ann', '01T10:00')));
  const soon = '01T11:00';

  test.each<[SwapState, Swap, when: string, who: Actor, allowed: SwapCommand[]]>([
    ['asked', asked, soon, person('ann'), ['withdraw']],
    ['asked', asked, soon, person('bob'), ['accept', 'decline']],
    ['asked', asked, soon, person('cem'), []],
    ['asked', asked, soon, lea, ['withdraw']],
    ['asked', asked, soon, systemActor('tick', 'default'), []],
    ['asked', asked, '04T11:59', person('bob'), ['accept', 'decline']],
    ['expired', asked, '04T12:00', person('bob'), []],
    ['expired', asked, '04T12:00', person('ann'), []],
    ['accepted', accepted, soon, person('bob'), []],
    ['accepted', accepted, soon, person('ann'), []],
    ['accepted', accepted, '10T00:00', lea, []],
    ['declined', declined, soon, person('bob'), []],
    ['declined', declined, soon, lea, []],
    ['withdrawn', withdrawn, soon, person('bob'), []],
    ['withdrawn', withdrawn, soon, person('ann'), []],
  ])('%s (%#)', (state, swap, when, who, allowed) => {
    const now = situation(who, when);
    expect(swapState(swap, now.now)).toBe(state);
    expect(allowedSwapCommands(swap, now)).toEqual(allowed);
    const tried: Record<SwapCommand, boolean> = {
      accept: acceptSwap(swap, now).ok,
      decline: endSwap(swap, 'decline', now).ok,
      withdraw: endSwap(swap, 'withdraw', now).ok,
    };
    expect(Object.entries(tried).flatMap(([name, ok]) => (ok ? [name] : []))).toEqual(allowed);
  });

  test('a second answer is told the state, an answer of others who was asked', () => {
    expect(errorOf(acceptSwap(accepted, situation('bob', soon)))).toEqual({
      kind: 'wrongState',
      command: 'accept',
      state: 'accepted',
      allowed: [],
    });
    expect(errorOf(acceptSwap(asked, situation(lea, soon)))).toEqual({
      kind: 'refused',
      detail: 'only bob, who was asked, may accept this swap',
      allowed: ['withdraw'],
    });
  });
});

describe('accepting a swap', () => {
  test('gives each the shifts of the other, by overrides that may stand', () => {
    const { swap, overrides } = valueOf(acceptSwap(asked, situation('bob', '01T10:00')));
    expect(swap).toMatchObject({ state: 'accepted', answeredAt: june('01T10:00') });
    const made = standing(overrides);
    const who = (text: string) => onCallAt(desk, made, june(text)).map((entry) => entry.person);
    expect(['03T11:00', '03T12:00', '04T12:00', '05T12:00'].map(who)).toEqual([
      ['bob'],
      ['bob'],
      ['ann'],
      ['ann'],
    ]);
  });

  test('of a shift that runs changes nothing before the acceptance: pages that were sent stay where they are', () => {
    const favour = valueOf(proposeSwap({ to: 'bob', shift: anns }, situation('ann', '03T18:00')));
    const { overrides } = valueOf(acceptSwap(favour, situation('bob', '03T20:00')));
    expect(overrides).toEqual([
      {
        kind: 'replace',
        person: 'bob',
        insteadOf: 'ann',
        from: june('03T20:00'),
        to: june('04T12:00'),
      },
    ]);
  });

  test('hands over shifts that touch as one, and leaves alone what others have between', () => {
    const week = stretch('01T12:00', '06T12:00');
    const between = override(
      'o0',
      { kind: 'replace', person: 'cem', insteadOf: 'ann' },
      '03T15:00',
      '03T18:00',
    );
    const now = { overrides: [between] };
    const favour = valueOf(
      proposeSwap({ to: 'lea', shift: week }, situation('ann', '01T09:00', now)),
    );
    const { overrides } = valueOf(acceptSwap(favour, situation('lea', '01T10:00', now)));
    expect(overrides.map(({ from, to }) => [from, to])).toEqual(
      [
        ['01T12:00', '02T12:00'],
        ['03T12:00', '03T15:00'],
        ['03T18:00', '04T12:00'],
        ['05T12:00', '06T12:00'],
      ].map((pair) => pair.map(june)),
    );
  });

  test('of half a shift hands over that half alone', () => {
    const half = { to: 'cem', shift: stretch('03T18:00', '04T00:00') };
    const swap = valueOf(proposeSwap(half, situation('ann', '01T09:00')));
    const { overrides } = valueOf(acceptSwap(swap, situation('cem', '01T10:00')));
    const after = standing(overrides);
    const who = (when: string) => onCallAt(desk, after, june(when)).map(({ person: id }) => id);
    expect(['03T17:59', '03T18:00', '03T23:59', '04T00:00'].map(who)).toEqual([
      ['ann'],
      ['cem'],
      ['cem'],
      ['ann'],
    ]);
  });

  test('a swapped shift can be given back', () => {
    const first = standing(valueOf(acceptSwap(asked, situation('bob', '01T10:00'))).overrides);
    const back = valueOf(
      proposeSwap(
        { to: 'ann', shift: anns, forShift: bobs },
        situation('bob', '01T11:00', { overrides: first }),
      ),
    );
    const { overrides } = valueOf(
      acceptSwap(back, situation('ann', '01T12:00', { overrides: first })),
    );
    const all = [...first, ...standing(overrides, 3)];
    const who = (text: string) => onCallAt(desk, all, june(text)).map((entry) => entry.person);
    expect(['03T12:00', '04T12:00'].map(who)).toEqual([['ann'], ['bob']]);
  });

  const removed = override('o1', { kind: 'remove', person: 'ann' }, '03T15:00', '03T18:00');
  const taken = override(
    'o1',
    { kind: 'replace', person: 'cem', insteadOf: 'bob' },
    '04T12:00',
    '05T12:00',
  );
  const doubled = override('o1', { kind: 'add', person: 'bob' }, '03T15:00', '03T18:00');
  const away = override('o1', { kind: 'remove', person: 'bob' }, '03T15:00', '03T18:00');
  test.each<[change: string, Partial<SwapSituation>, detail: string]>([
    [
      'a part of the shift was taken away',
      { overrides: [removed] },
      'the shifts of ann are no longer as they were when it was asked',
    ],
    [
      'the shift in return went to somebody else',
      { overrides: [taken] },
      'the shifts of bob are no longer as they were when it was asked',
    ],
    [
      'the schedule has other hand-overs',
      { schedule: scheduleOf([{ ...noonToNoon, rotation: { kind: 'daily', handOver: '13:00' } }]) },
      'the shifts of ann are no longer as they were when it was asked',
    ],
    ['the other is on call then by now', { overrides: [doubled] }, 'bob is on call then already'],
    [
      'the one who asked left the policy',
      { people: new Set(['bob']) },
      "ann is not among the policy's active people",
    ],
    [
      'the other was taken off call for that time',
      { overrides: [away] },
      'contradicts override o1, which removes bob from 2026-06-03T15:00:00.000Z to 2026-06-03T18:00:00.000Z; withdraw that one, or choose another time',
    ],
  ])('is refused when meanwhile %s', (_change, change, detail) => {
    expect(errorOf(acceptSwap(asked, situation('bob', '01T10:00', change)))).toEqual({
      kind: 'refused',
      detail: `${detail}; ask for another swap`,
      allowed: ['decline'],
    });
  });

  test('stands when the schedule changed elsewhere, or was read from a store that orders keys anew', () => {
    const longer = scheduleOf([{ ...noonToNoon, name: 'renamed', until: '2026-12-31' }]);
    const stored: Swap = {
      ...asked,
      gives: asked.gives.map(({ from, to, source, person: whose }) => ({
        to,
        from,
        person: whose,
        source,
      })),
    };
    expect(acceptSwap(stored, situation('bob', '01T10:00', { schedule: longer })).ok).toBe(true);
  });
});
