import fc from 'fast-check';
import { allowedCommands } from '../domain/decide.ts';
import { fold } from '../domain/evolve.ts';
import { erase } from '../domain/defineProcess.ts';
import { person, Simulation } from '../domain/simulation.ts';
import {
  ann,
  lea,
  monday,
  monitoring,
  p1,
  p3,
  resolution,
  system,
  zoe,
} from '../test/helpers/incident.ts';
import { testPolicy } from '../test/helpers/policy.ts';
import { incident } from './incident.ts';

function begin(input: object = p1, start = monday, actor = ann) {
  return new Simulation(incident, testPolicy, start).open({ ...input }, actor);
}

describe('priority', () => {
  test.each([
    [1, 1, 1],
    [1, 2, 2],
    [1, 3, 3],
    [2, 1, 2],
    [2, 2, 3],
    [2, 3, 4],
    [3, 1, 3],
    [3, 2, 4],
    [3, 3, 4],
  ])('impact %i and urgency %i make priority %i', (impact, urgency, priority) => {
    expect(begin({ ...p1, impact, urgency }).record.fields['priority']).toBe(priority);
  });

  test('names its rule and facts', () => {
    const reason = begin(p3).events[0]?.reasons.find(({ of }) => of === 'priority');
    expect(reason).toEqual({
      of: 'priority',
      rule: 'priority.matrix.1.1',
      facts: { impact: 2, urgency: 2 },
      result: 3,
    });
  });

  test('a raised priority counts its targets from the opening', () => {
    const raised = begin(p3)
      .pass('1h')
      .give('prioritise', { impact: 1, urgency: 1, reason: 'All shops' });
    expect(raised.dueAt('resolve')).toBe('2026-11-23T13:00:00.000Z');
    expect(raised.pass('1m').story()).toContain('2026-11-23T10:00 respond.breached');
  });
});

describe('the respond clock', () => {
  test.each(['acknowledge', 'start', 'resolve'] as const)(
    "is stopped by a person's %s",
    (command) => {
      const record = begin()
        .pass('5m')
        .give(command, command === 'resolve' ? resolution : {}, ann).record;
      expect(record.clocks['respond']?.stoppedAt).toBe(record.lastAt);
    },
  );

  test('is not stopped by an assignment, a comment or a hold', () => {
    const record = begin()
      .give('assign', { assignee: 'bob' })
      .give('comment', { text: 'Looking' })
      .give('hold', { reason: 'supplier' }).record;
    expect(record.clocks['respond']?.stoppedAt).toBeNull();
  });

  test("is not stopped by a monitoring system's resolve", () => {
    const record = begin().give('resolve', resolution, monitoring).record;
    expect(record.state).toBe('resolved');
    expect(record.clocks['respond']?.stoppedAt).toBeNull();
  });

  test('a P3 over a weekend waits for Monday', () => {
    const friday = begin(p3, '2026-11-27T16:00:00Z');
    expect(friday.dueAt('respond')).toBe('2026-11-30T10:00:00.000Z');
  });
});

describe('the resolve clock', () => {
  test('is paused by a hold for a reason that the policy lets pause', () => {
    const held = begin().give('start').pass('1h').give('hold', { reason: 'customer' });
    expect(held.dueAt('resolve')).toBeNull();
    expect(held.pass('10h').give('resume').dueAt('resolve')).toBe('2026-11-23T23:00:00.000Z');
  });

  test('runs on during a hold for another reason', () => {
    const held = begin().give('start').pass('1h').give('hold', { reason: 'supplier' });
    expect(held.dueAt('resolve')).toBe('2026-11-23T13:00:00.000Z');
  });

  test('goes on after a reopening without the time spent resolved', () => {
    const reopened = begin()
      .pass('1h')
      .give('resolve', resolution)
      .pass('2h')
      .give('reopen', { reason: 'Down again' });
    expect(reopened.dueAt('resolve')).toBe('2026-11-23T15:00:00.000Z');
  });

  test('warns at a half, three quarters and nine tenths, then breaches, and the state stays', () => {
    const late = begin().give('start').pass('5h');
    expect(late.state).toBe('inProgress');
    expect(late.story().slice(2)).toEqual([
      '2026-11-23T11:00 resolve.warned',
      '2026-11-23T12:00 resolve.warned',
      '2026-11-23T12:36 resolve.warned',
      '2026-11-23T13:00 resolve.breached',
    ]);
  });

  test('several thresholds passed at once are told once', () => {
    const late = begin().give('start').pass('5h');
    const told = late.effects.filter(({ kind }) => kind === 'notification');
    expect(told).toEqual([
      { kind: 'notification', person: 'lea', message: 'breached', urgency: 'deferrable' },
    ]);
  });
});

describe('closing', () => {
  test('a resolved incident closes by itself after five days', () => {
    const closed = begin().give('resolve', resolution).pass('5d');
    expect(closed.state).toBe('closed');
    expect(closed.events.at(-1)).toMatchObject({
      type: 'closed',
      actor: { kind: 'system' },
      data: { clock: 'autoClose' },
    });
  });

  test('a reopened one begins its five days anew', () => {
    const again = begin()
      .give('resolve', resolution)
      .pass('4d')
      .give('reopen', { reason: 'Down again' })
      .give('resolve', resolution)
      .pass('4d');
    expect(again.state).toBe('resolved');
    expect(again.pass('1d').state).toBe('closed');
  });

  test('nothing is due any more once it is closed or cancelled', () => {
    for (const last of [
      begin().give('resolve', resolution).give('close'),
      begin().give('cancel', { reason: 'A test' }),
    ]) {
      const before = last.events.length;
      expect(last.pass('300d').events).toHaveLength(before);
    }
  });

  test('only a manager reopens a closed one', () => {
    const closed = begin().give('resolve', resolution).give('close');
    expect(closed.refusal('reopen', { reason: 'x' }, ann)).toMatchObject({
      kind: 'wrongState',
      needed: ['manager'],
    });
    expect(closed.give('reopen', { reason: 'x' }, lea).state).toBe('new');
  });
});

describe('escalation', () => {
  const escalating = (simulation: ReturnType<typeof begin>): boolean =>
    simulation.effects.some(({ kind }) => kind === 'escalation');

  test('starts with a priority that the policy names, and with no other', () => {
    expect(escalating(begin(p1))).toBe(true);
    expect(escalating(begin(p3))).toBe(false);
    expect(escalating(begin({ ...p1, service: 'wiki' }))).toBe(false);
  });

  test('starts when the priority rises to such a one', () => {
    expect(escalating(begin(p3).give('prioritise', { impact: 1, urgency: 1, reason: 'x' }))).toBe(
      true,
    );
  });

  test.each([
    ['acknowledge', {}],
    ['start', {}],
    ['resolve', resolution],
    ['cancel', { reason: 'x' }],
  ] as const)('ends with %s', (command, input) => {
    expect(escalating(begin().give(command, input))).toBe(false);
  });

  test('an assignment does not end it', () => {
    expect(escalating(begin().give('assign', { assignee: 'bob' }))).toBe(true);
  });

  test('starts again after a reopening', () => {
    expect(
      escalating(
        begin().give('acknowledge').give('resolve', resolution).give('reopen', { reason: 'x' }),
      ),
    ).toBe(true);
  });

  test('its pages are wanted no more once it ends, and the others who were paged hear who acknowledged', () => {
    const page = { escalation: 'INC-1/1/0', round: 0, step: 0, rule: 'r', people: ['ann', 'bob'] };
    const paged = begin().give('page', page, system);
    expect(paged.effects.map((effect) => effect.kind)).toEqual([
      'escalation',
      'notification',
      'notification',
    ]);
    const told = { kind: 'notification', person: 'bob', message: 'acknowledged' };
    expect(paged.give('acknowledge').effects).toEqual([
      expect.objectContaining(told),
      { kind: 'update', of: 'escalation' },
    ]);
  });
});

describe('what is refused', () => {
  test.each([
    ['assign', {}, '/assignee', 'name a team'],
    ['assign', { team: 'sales' }, '/team', 'not in the policy'],
    ['assign', { team: 'constructor' }, '/team', 'not in the policy'],
    ['assign', { assignee: 'gone' }, '/assignee', 'not an active person'],
    ['assign', { team: 'network', assignee: 'ann' }, '/assignee', 'not a member'],
    ['prioritise', { impact: 9, urgency: 1, reason: 'x' }, '/impact', 'impacts 1 to 3'],
    ['prioritise', { impact: 1, urgency: 4, reason: 'x' }, '/urgency', 'urgencies 1 to 3'],
    ['hold', { reason: 'lunch' }, '/reason', 'customer, supplier'],
    ['hold', { reason: 'constructor' }, '/reason', 'customer, supplier'],
  ] as const)('%s %j: %s %s', (command, input, pointer, detail) => {
    const refusal = begin().give('assign', { assignee: 'bob' }).refusal(command, input);
    expect(refusal).toEqual({
      kind: 'invalid',
      issues: [{ pointer, detail: expect.stringContaining(detail) as string }],
    });
  });

  test('a second acknowledgement', () => {
    expect(begin().give('acknowledge').refusal('acknowledge')).toMatchObject({ kind: 'refused' });
  });

  test('a requester cancels only while nobody works on it', () => {
    const own = begin(p3, monday, zoe);
    expect(own.refusal('cancel', { reason: 'x' }, zoe)).toBeUndefined();
    own.give('assign', { assignee: 'bob' });
    expect(own.refusal('cancel', { reason: 'x' }, zoe)).toMatchObject({
      kind: 'wrongState',
      needed: ['agent', 'resolver', 'manager'],
      allowed: ['comment', 'watch', 'unwatch'],
    });
  });

  test('what only the system may, even to an admin', () => {
    expect(
      begin().refusal(
        'page',
        { escalation: 'x', round: 0, step: 0, rule: 'r', people: [] },
        person('root', 'admin'),
      ),
    ).toMatchObject({ kind: 'forbidden' });
  });
});

describe('people who only ask', () => {
  const talk = ['comment', 'watch', 'unwatch'];
  test.each([
    ['new', ['cancel', ...talk]],
    ['assigned', talk],
    ['inProgress', talk],
    ['onHold', talk],
    ['resolved', ['reopen', 'close', ...talk]],
    ['closed', talk],
    ['cancelled', talk],
  ])('are allowed while %s: %j', (state, commands) => {
    const record = { ...begin().record, state };
    expect(allowedCommands(erase(incident), record, zoe)).toEqual(commands);
  });
});

test('every state has a way on, and every command is possible in some state', () => {
  const process = erase(incident);
  const admin = person('root', 'admin');
  for (const state of Object.keys(process.states)) {
    const record = { ...begin().record, state };
    expect(allowedCommands(process, record, admin).length).toBeGreaterThan(0);
  }
  for (const [name, { from }] of Object.entries(process.commands))
    expect([name, from.length > 0]).toEqual([name, true]);
});

test('whatever people do and however time passes, the record is the fold of its events and time never goes back', () => {
  const inputs: Readonly<Record<string, object>> = {
    assign: { assignee: 'bob' },
    hold: { reason: 'customer' },
    resolve: resolution,
    reopen: { reason: 'x' },
    cancel: { reason: 'x' },
    comment: { text: 'x' },
    prioritise: { impact: 1, urgency: 2, reason: 'x' },
  };
  const commands = [
    'acknowledge',
    'assign',
    'start',
    'hold',
    'resume',
    'resolve',
    'reopen',
    'close',
    'cancel',
    'comment',
    'prioritise',
  ] as const;
  const step = fc.record({
    command: fc.constantFrom(...commands),
    minutes: fc.integer({ min: 0, max: 4_000 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      const simulation = begin(p3);
      for (const { command, minutes } of steps) {
        simulation.pass(`${minutes}m`);
        const input = { ...inputs[command] };
        if (simulation.refusal(command, input, lea) === undefined)
          simulation.give(command, input, lea);
      }
      const { record, events } = simulation;
      expect(fold(record, events)).toEqual(record);
      const times = events.map(({ at }) => at);
      expect(times).toEqual([...times].sort((a, b) => a - b));
      expect(JSON.parse(JSON.stringify(record))).toEqual(record);
    }),
  );
});
