import {
  inJune,
  june,
  noonToNoon,
  office,
  override,
  scheduleOf,
} from '../../test/helpers/onCall.ts';
import { MINUTE } from '../time.ts';
import { onCallAt } from './onCall.ts';
import type { OnCall, Source } from './onCall.ts';
import type { Override } from './override.ts';
import { shifts } from './shifts.ts';
import type { Schedule } from './stack.ts';

function why(source: Source): string {
  if (source.kind === 'override') return source.id;
  if (source.kind === 'calendar') return source.uid;
  return `${source.temporary ?? source.name} turn ${source.turn}`;
}

const inWords = (onCall: readonly OnCall[]) =>
  onCall.map(({ person, source }) => `${person} ${why(source)}`).sort();

/** `ann 01T12:00–02T12:00 layer 0 turn 0`, a line a shift. Pages go to whom `onCallAt` names: it says the same wherever a shift begins or ends. */
function lines(schedule: Schedule, overrides: Override[], from: string, to: string): string[] {
  const [first, end] = [june(from), june(to)];
  const found = shifts(schedule, overrides, first, end);
  const edges = [first, ...found.flatMap((shift) => [shift.from, shift.to])];
  for (const at of edges.flatMap((edge) => [edge - 1, edge])) {
    if (at < first || at >= end) continue;
    const running = found.filter((shift) => shift.from <= at && at < shift.to);
    const said = onCallAt(schedule, overrides, at);
    expect([inJune(at), inWords(said)]).toEqual([inJune(at), inWords(running)]);
  }
  return found.map((shift) => {
    return `${shift.person} ${inJune(shift.from)}–${inJune(shift.to)} ${why(shift.source)}`;
  });
}

const desk = scheduleOf([noonToNoon]);

test('a shift names its layer and turn, and is cut to the window', () => {
  expect(lines(desk, [], '01T18:00', '02T18:00')).toEqual([
    'ann 01T18:00–02T12:00 noon to noon turn 0',
    'bob 02T12:00–02T18:00 noon to noon turn 1',
  ]);
});

test('nobody is on call before the start, nor from the end on', () => {
  const short = scheduleOf([{ ...noonToNoon, until: '2026-06-02' }]);
  expect(lines(short, [], '01T00:00', '05T00:00')).toEqual([
    'ann 01T12:00–02T12:00 noon to noon turn 0',
  ]);
});

test('a later layer wins while it has somebody, and the one below shows again after it', () => {
  expect(lines(scheduleOf([noonToNoon, office]), [], '02T00:00', '03T00:00')).toEqual([
    'ann 02T00:00–02T08:00 noon to noon turn 0',
    'cem 02T08:00–02T12:00 office turn 0',
    'cem 02T12:00–02T16:00 office turn 1',
    'bob 02T16:00–03T00:00 noon to noon turn 1',
  ]);
});

test('a turn of nobody leaves its time to the layer below', () => {
  const holes = { ...noonToNoon, name: 'holes', people: ['dee', null] };
  expect(lines(scheduleOf([noonToNoon, holes]), [], '01T12:00', '03T12:00')).toEqual([
    'dee 01T12:00–02T12:00 holes turn 0',
    'bob 02T12:00–03T12:00 noon to noon turn 1',
  ]);
});

test('fixed turns are given once, in order, and nobody has those after them', () => {
  const roster = scheduleOf([{ ...noonToNoon, assignment: 'fixed', people: ['ann', null, 'cem'] }]);
  expect(lines(roster, [], '01T00:00', '30T00:00')).toEqual([
    'ann 01T12:00–02T12:00 noon to noon turn 0',
    'cem 03T12:00–04T12:00 noon to noon turn 2',
  ]);
});

test('hours that cross midnight are two segments, and one shift', () => {
  const restrictions = {
    monday: ['22:00-24:00'],
    tuesday: ['00:00-06:00', '22:00-24:00'],
    wednesday: ['00:00-06:00'],
  };
  const night = { ...noonToNoon, restrictions };
  expect(lines(scheduleOf([night]), [], '01T00:00', '04T00:00')).toEqual([
    'ann 01T22:00–02T06:00 noon to noon turn 0',
    'bob 02T22:00–03T06:00 noon to noon turn 1',
  ]);
});

test('who joins at a hand-over by a layer that follows changes no turn before it', () => {
  const two = { ...noonToNoon, people: ['ann', 'bob'] };
  const before = { ...two, until: '2026-06-04' };
  const after = { ...two, name: 'with Cem', start: '2026-06-04', people: ['bob', 'cem', 'ann'] };
  const joined = scheduleOf([before, after]);
  expect(lines(joined, [], '01T12:00', '04T12:00')).toEqual(
    lines(scheduleOf([two]), [], '01T12:00', '04T12:00'),
  );
  expect(lines(joined, [], '04T00:00', '07T12:00')).toEqual([
    'ann 04T00:00–04T12:00 noon to noon turn 2',
    'bob 04T12:00–05T12:00 with Cem turn 0',
    'cem 05T12:00–06T12:00 with Cem turn 1',
    'ann 06T12:00–07T12:00 with Cem turn 2',
  ]);
});

test('a week off is a turn of nobody', () => {
  const rotation = { kind: 'weekly', weekday: 'monday', handOver: '12:00' } as const;
  const weeks = { ...noonToNoon, rotation, people: ['ann', null, 'bob'] };
  expect(lines(scheduleOf([weeks]), [], '01T00:00', '25T00:00')).toEqual([
    'ann 01T12:00–08T12:00 noon to noon turn 0',
    'bob 15T12:00–22T12:00 noon to noon turn 2',
    'ann 22T12:00–25T00:00 noon to noon turn 3',
  ]);
});

test('a temporary schedule stands in place of all layers, also where it has nobody', () => {
  const offsite = {
    name: 'offsite',
    from: '2026-06-02T00:00:00Z',
    to: '2026-06-03T00:00:00Z',
    layers: [{ ...office, people: ['dee'] }],
  };
  const schedule = scheduleOf([noonToNoon], { temporary: [offsite] });
  expect(lines(schedule, [], '01T12:00', '03T12:00')).toEqual([
    'ann 01T12:00–02T00:00 noon to noon turn 0',
    'dee 02T08:00–02T12:00 offsite turn 0',
    'dee 02T12:00–02T16:00 offsite turn 1',
    'bob 03T00:00–03T12:00 noon to noon turn 1',
  ]);
  expect(lines(schedule, [], '02T09:00', '02T10:00')).toEqual([
    'dee 02T09:00–02T10:00 offsite turn 0',
  ]);
});

describe('an override', () => {
  const ann = 'ann 01T12:00–02T12:00 noon to noon turn 0';
  const between = ['01T18:00', '01T20:00'] as const;
  const [before, after] = ['ann 01T12:00–01T18:00', 'ann 01T20:00–02T12:00'].map(
    (text) => `${text} noon to noon turn 0`,
  );
  const add = (id: string, person: string) => override(id, { kind: 'add', person }, ...between);
  const remove = (id: string, person: string) =>
    override(id, { kind: 'remove', person }, ...between);
  const replace = (id: string, person: string, insteadOf?: string) =>
    override(id, { kind: 'replace', person, ...(insteadOf && { insteadOf }) }, ...between);

  test.each<[rule: string, overrides: Override[], expected: (string | undefined)[]]>([
    ['adds somebody beside who is on call', [add('o1', 'dee')], [ann, 'dee 01T18:00–01T20:00 o1']],
    ['that adds who is on call changes nothing', [add('o1', 'ann')], [ann]],
    ['removes who is on call', [remove('o1', 'ann')], [before, after]],
    ['that removes who is not on call changes nothing', [remove('o1', 'bob')], [ann]],
    [
      'replaces who is on call',
      [replace('o1', 'dee', 'ann')],
      [before, 'dee 01T18:00–01T20:00 o1', after],
    ],
    ['that replaces who is not on call changes nothing', [replace('o1', 'dee', 'bob')], [ann]],
    [
      'that names nobody replaces everybody, added ones too',
      [add('o1', 'cem'), replace('o2', 'dee')],
      [before, 'dee 01T18:00–01T20:00 o2', after],
    ],
    [
      'acts on what those before it left: a place is passed on',
      [replace('o1', 'dee', 'ann'), replace('o2', 'cem', 'dee')],
      [before, 'cem 01T18:00–01T20:00 o2', after],
    ],
    [
      'gives a place back',
      [replace('o1', 'dee', 'ann'), replace('o2', 'ann', 'dee')],
      [before, 'ann 01T18:00–01T20:00 o2', after],
    ],
    [
      'that puts on who is on call already leaves one entry of them',
      [add('o1', 'dee'), replace('o2', 'dee', 'ann')],
      [before, 'dee 01T18:00–01T20:00 o1', after],
    ],
  ])('%s', (_rule, overrides, expected) => {
    expect(lines(desk, overrides, '01T12:00', '02T12:00')).toEqual(expected);
  });

  test('that replaces everybody is on call also where nobody would be', () => {
    const early = override('o1', { kind: 'replace', person: 'dee' }, '01T06:00', '01T18:00');
    expect(lines(desk, [early], '01T00:00', '02T00:00')).toEqual([
      'dee 01T06:00–01T18:00 o1',
      'ann 01T18:00–02T00:00 noon to noon turn 0',
    ]);
  });

  test('ends with the instant at which the next one begins: nobody is on call twice, nor for a moment not at all', () => {
    const first = override('o1', { kind: 'replace', person: 'dee' }, '01T18:00', '01T20:00');
    const second = override('o2', { kind: 'remove', person: 'ann' }, '01T20:00', '01T22:00');
    const third = override('o3', { kind: 'replace', person: 'cem' }, '01T22:00', '02T12:00');
    expect(lines(desk, [third, second, first], '01T12:00', '02T18:00')).toEqual([
      'ann 01T12:00–01T18:00 noon to noon turn 0',
      'dee 01T18:00–01T20:00 o1',
      'cem 01T22:00–02T12:00 o3',
      'bob 02T12:00–02T18:00 noon to noon turn 1',
    ]);
  });

  test('may be one of ten thousand', () => {
    const start = june('01T12:00');
    const many = Array.from({ length: 10_000 }, (_, index): Override => {
      const from = start + index * 3 * MINUTE;
      return { id: `o${index}`, kind: 'add', person: 'dee', from, to: from + MINUTE };
    });
    const found = shifts(desk, many, start, start + 10_000 * 3 * MINUTE);
    expect(found.filter(({ person }) => person === 'dee').map(({ from }) => from)).toEqual(
      many.map(({ from }) => from),
    );
  });

  test('does not cut the shifts of people whom it does not touch', () => {
    const removed = override('o1', { kind: 'remove', person: 'bob' }, '01T18:00', '01T20:00');
    const other = override('o2', { kind: 'add', person: 'dee' }, '01T19:00', '01T21:00');
    expect(lines(desk, [removed, other], '01T12:00', '02T12:00')).toEqual([
      ann,
      'dee 01T19:00–01T21:00 o2',
    ]);
  });
});
