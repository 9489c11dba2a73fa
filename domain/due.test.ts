import { z } from 'zod';
import { nextDue } from './due.ts';
import { commandRules, defineProcess, erase } from './defineProcess.ts';
import { Simulation } from './simulation.ts';
import { testPolicy } from '../test/helpers/policy.ts';
import { toIso } from './time.ts';
import type { Instant } from './time.ts';

interface Fields {
  readonly priority: number;
  readonly wakeAt: Instant | null;
}
const start = '2026-11-23T09:00:00Z';
const HOUR = 3_600_000;

const command = commandRules<Fields, 'boiling' | 'paused' | 'done'>();

/** An egg that is timed: a clock of two hours for priority 1, one of an hour for 2, none for others; and an alarm. */
function egg(rings: 'clears' | 'forgets' | 'moves' = 'clears') {
  return defineProcess({
    name: 'egg',
    plural: 'eggs',
    prefix: 'EGG',
    version: 1,
    states: { boiling: 'In the water', paused: 'Off the fire', done: 'Eaten' },
    initial: 'boiling',
    final: ['done'],
    opening: {
      by: ['resolver'],
      input: z.strictObject({ priority: z.number() }),
      fields: ({ input }): Fields => ({ priority: input.priority, wakeAt: null }),
    },
    derive: {},
  })
    .commands({
      setAlarm: {
        from: ['boiling', 'paused'],
        by: ['resolver'],
        ...command({
          does: 'Set the alarm',
          input: z.strictObject({ in: z.number() }),
          event: 'alarmSet',
          set: ({ input, now }) => ({ wakeAt: now + input.in }),
        }),
      },
      ring: {
        from: ['boiling', 'paused'],
        by: ['system'],
        ...command({
          does: 'Ring',
          input: z.strictObject({}),
          event: 'rang',
          set: ({ now }) => {
            if (rings === 'forgets') return {};
            return { wakeAt: rings === 'moves' ? now + HOUR : null };
          },
        }),
      },
      change: {
        from: ['boiling', 'paused'],
        by: ['resolver'],
        ...command({
          does: 'Change the priority',
          input: z.strictObject({ priority: z.number() }),
          event: 'changed',
          set: ({ input }) => ({ priority: input.priority }),
        }),
      },
      pause: {
        from: ['boiling'],
        to: 'paused',
        by: ['resolver'],
        ...command({
          does: 'Take it off',
          input: z.strictObject({}),
          event: 'paused',
        }),
      },
      resume: {
        from: ['paused'],
        to: 'boiling',
        by: ['resolver'],
        ...command({
          does: 'Put it back',
          input: z.strictObject({}),
          event: 'resumed',
        }),
      },
    })
    .clocks(
      {
        boil: {
          target: ({ record: { fields } }) =>
            fields.priority > 2
              ? undefined
              : {
                  within: (3 - fields.priority) * HOUR,
                  calendar: 'always',
                  rule: `boil.${fields.priority}`,
                },
          runsIn: ['boiling'],
          warnAt: [0.5],
        },
      },
      { alarm: { at: ({ fields }) => fields.wakeAt, then: 'ring' } },
    )
    .reactions(() => []);
}

const boil = (priority: number, rings?: 'clears' | 'forgets' | 'moves') =>
  new Simulation(egg(rings), testPolicy, start).open({ priority });

describe('what is due next', () => {
  test('is the earliest of clocks and timers', () => {
    const simulation = boil(1);
    const next = () => nextDue(erase(egg()), simulation.record);
    expect(next()).toMatchObject({ kind: 'clock', name: 'boil', share: 0.5 });
    simulation.give('setAlarm', { in: HOUR / 2 });
    const due = next();
    expect(due).toMatchObject({ kind: 'timer', name: 'alarm' });
    expect(toIso(due?.at ?? 0)).toBe('2026-11-23T09:30:00.000Z');
  });

  test('happens in order, each at its own time', () => {
    expect(
      boil(1)
        .give('setAlarm', { in: 1.5 * HOUR })
        .pass('3h')
        .story()
        .slice(2),
    ).toEqual([
      '2026-11-23T10:00 boil.warned',
      '2026-11-23T10:30 rang',
      '2026-11-23T11:00 boil.breached',
    ]);
  });

  test('comes again when the timer moves itself', () => {
    const simulation = boil(3, 'moves').give('setAlarm', { in: HOUR }).pass('3h');
    expect(simulation.events.filter(({ type }) => type === 'rang')).toHaveLength(3);
  });

  test('is a fault, not a loop, when a timer leaves itself due', () => {
    const simulation = boil(1, 'forgets').give('setAlarm', { in: 60_000 });
    expect(() => simulation.pass('1h')).toThrow('leaves the timer alarm due');
  });
});

describe('a clock whose target comes and goes', () => {
  test('counts from the opening when its first target comes later', () => {
    const simulation = boil(3).pass('30m').give('change', { priority: 2 });
    expect(simulation.dueAt('boil')).toBe('2026-11-23T10:00:00.000Z');
  });

  test('is not due without one, and counts the time all the same when it has one again', () => {
    const simulation = boil(1).pass('30m').give('change', { priority: 3 });
    expect(simulation.dueAt('boil')).toBeNull();
    simulation.pass('10m').give('pause').pass('1h').give('resume').pass('9h');
    expect(simulation.events.some(({ type }) => type.startsWith('boil.'))).toBe(false);
    simulation.give('change', { priority: 1 });
    expect(simulation.dueAt('boil')).toBe('2026-11-23T12:00:00.000Z');
    expect(simulation.pass('1m').story()).toContain('2026-11-23T19:40 boil.breached');
  });

  test('changes no more after that than what happens', () => {
    const simulation = boil(1).give('change', { priority: 3 }).give('setAlarm', { in: 5 });
    expect(simulation.events.at(-1)?.change.clocks).toBeUndefined();
  });
});
