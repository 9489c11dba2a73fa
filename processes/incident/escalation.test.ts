import {
  begunBy,
  bob,
  fields,
  fullPolicy,
  lea,
  monitoring,
  opened,
  p1,
  p3,
  resolution,
  system,
  told,
  toldBy,
} from '../../test/helpers/incident.ts';
import type { Incident } from '../../test/helpers/incident.ts';

const why = { reason: 'It spreads' };
const raise = { impact: 1, urgency: 1, reason: 'All shops' };

function page(simulation: Incident, escalation = 'INC-1/1/0'): Incident {
  const rule = 'escalations.standard.steps.0';
  return simulation.give('page', { escalation, round: 0, step: 0, rule, people: ['ann'] }, system);
}

function exhaust(simulation: Incident): Incident {
  const rule = 'escalations.standard';
  return simulation.give('exhaust', { escalation: 'INC-1/1/0', rule }, system);
}

const runs = (simulation: Incident): boolean =>
  simulation.effects.some(({ kind }) => kind === 'escalation');

describe('escalate', () => {
  test('begins an escalation though the priority is low', () => {
    const simulation = opened(p3);
    expect(begunBy(simulation, () => simulation.give('escalate', why))).toEqual(['escalation']);
    expect(fields(simulation.give('acknowledge'))['escalateAnyway']).toBe(false);
    expect(runs(simulation)).toBe(false);
  });

  test('makes one that runs take its next step', () => {
    const simulation = page(opened(p1));
    expect(begunBy(simulation, () => simulation.give('escalate', why))).toEqual(['advance']);
    expect(simulation.effects).toContainEqual({ kind: 'advance', escalation: 'INC-1/1/0' });
  });

  test('begins a new one after an acknowledgement', () => {
    const simulation = page(opened(p1)).give('acknowledge');
    expect(begunBy(simulation, () => simulation.give('escalate', why))).toEqual(['escalation']);
  });

  test('begins a new one after one that nobody answered', () => {
    const simulation = exhaust(page(opened(p1)));
    expect(begunBy(simulation, () => simulation.give('escalate', why))).toContain('escalation');
    expect(begunBy(simulation, () => simulation.give('escalate', why))).toEqual(['advance']);
  });

  test('is refused where the service has no escalation', () => {
    expect(opened({ ...p3, service: 'wiki' }).refusal('escalate', why)).toMatchObject({
      kind: 'refused',
      detail: expect.stringContaining('wiki') as string,
    });
  });
});

describe('a snooze', () => {
  test.each([
    ['nobody has begun', page],
    ['somebody is at work', (simulation: Incident) => page(simulation).give('start')],
  ])('stops the escalation, and a new one begins after its minutes: %s', (_when, act) => {
    const simulation = act(opened(p1)).give('snooze', { minutes: 30 });
    expect(runs(simulation)).toBe(false);
    expect(begunBy(simulation, () => simulation.pass('29m'))).toEqual([]);
    expect(begunBy(simulation, () => simulation.pass('1m'))).toEqual(['escalation']);
  });
});

describe('a change of priority', () => {
  test('upwards pages again after an acknowledgement', () => {
    const simulation = opened({ ...p1, urgency: 2 }).give('start');
    expect(begunBy(simulation, () => simulation.give('prioritise', raise))).toEqual(['escalation']);
  });

  test('upwards pages again after an escalation that nobody answered', () => {
    const simulation = exhaust(page(opened({ ...p1, urgency: 2 })));
    expect(begunBy(simulation, () => simulation.give('prioritise', raise))).toContain('escalation');
  });

  test('upwards lets an escalation that runs go on', () => {
    const simulation = page(opened({ ...p1, urgency: 2 }));
    expect(begunBy(simulation, () => simulation.give('prioritise', raise))).toEqual([]);
    expect(runs(simulation)).toBe(true);
  });

  test('upwards to a priority that does not page, pages nobody, also when somebody had escalated', () => {
    const simulation = opened({ ...p3, impact: 3 })
      .give('escalate', why)
      .give('acknowledge');
    simulation.give('prioritise', { impact: 2, urgency: 2, reason: 'x' });
    expect(runs(simulation)).toBe(false);
  });

  test('downwards does not page again; to one that does not page it ends the escalation', () => {
    const lower = { impact: 1, urgency: 2, reason: 'x' };
    const acknowledged = opened(p1).give('acknowledge');
    expect(begunBy(acknowledged, () => acknowledged.give('prioritise', lower))).toEqual([]);
    const ended = opened(p1).give('prioritise', { impact: 3, urgency: 3, reason: 'x' });
    expect(runs(ended)).toBe(false);
  });

  test('does not start the respond clock again', () => {
    const simulation = opened(p3).give('acknowledge').give('prioritise', raise);
    expect(simulation.record.clocks['respond']?.stoppedAt).not.toBeNull();
  });
});

test('a reopening pages again, even when a monitoring system had resolved it', () => {
  const simulation = page(opened(p1)).give('resolve', resolution, monitoring);
  expect(runs(simulation)).toBe(false);
  const reopen = (): unknown => simulation.give('reopen', { reason: 'x' });
  expect(begunBy(simulation, reopen)).toEqual(['escalation']);
});

test('a policy that names the priority of an open incident pages; one that no longer does, ends it', () => {
  const paging = (priorities: number[]) => ({
    ...fullPolicy,
    escalations: {
      standard: { ...fullPolicy.escalations.standard, priorities },
    },
  });
  const simulation = opened(p3);
  expect(begunBy(simulation, () => simulation.apply(paging([1, 2, 3])))).toEqual(['escalation']);
  expect(begunBy(simulation, () => simulation.pass('1m'))).toEqual([]);
  expect(runs(simulation.apply(paging([1])))).toBe(false);
});

test('an assignment tells the new assignee, and nobody of what stays or of their own deed', () => {
  const simulation = opened(p3);
  const assign = (input: object, actor = lea): string[] =>
    toldBy(simulation, () => simulation.give('assign', { ...input }, actor));
  expect(assign({ assignee: 'bob' })).toEqual(['bob: assigned']);
  expect(assign({ assignee: 'bob' })).toEqual([]);
  expect(assign({ assignee: 'ann' })).toEqual(['ann: assigned']);
  expect(assign({ assignee: 'bob' }, bob)).toEqual([]);
});

test('a team without an assignee is told by its lead, and a team without a lead by nobody', () => {
  const simulation = opened(p3);
  const assign = (team: string): string[] =>
    toldBy(simulation, () => simulation.give('assign', { team }));
  expect(assign('network')).toEqual([]);
  expect(assign('operations')).toEqual(['lea: assigned']);
});

test('thresholds and reminders that passed at once are told once, and all their events are kept', () => {
  const late = opened(p1).give('acceptMajor', { commander: 'ann' }, lea).give('start');
  const heard = toldBy(late, () => late.pass('5h'));
  expect(heard.sort()).toEqual(['ann: updateDue', 'lea: breached']);
  const count = (type: string): number => late.events.filter((event) => event.type === type).length;
  expect([count('resolve.warned'), count('updateDue')]).toEqual([3, 10]);
  expect(told(late)).not.toContain('ann: warned');
});

describe('pages that were sent', () => {
  const updates = (simulation: Incident, act: () => unknown): boolean =>
    begunBy(simulation, act).includes('update');

  test.each([
    ['acknowledge', {}],
    ['resolve', resolution],
    ['cancel', why],
    ['snooze', { minutes: 5 }],
    ['prioritise', { impact: 3, urgency: 3, reason: 'x' }],
  ] as const)('are to say so when their round ends with %s', (command, input) => {
    const simulation = page(opened(p1));
    expect(updates(simulation, () => simulation.give(command, input))).toBe(true);
  });

  test('still ask for an answer while the escalation goes on: also when its next step is asked for', () => {
    const simulation = page(opened(p1));
    expect(updates(simulation, () => simulation.give('escalate', why))).toBe(false);
    expect(updates(simulation, () => simulation.give('comment', { text: 'x' }))).toBe(false);
  });

  test('of a round that nobody answered are over when a new round begins', () => {
    const simulation = exhaust(page(opened(p1)));
    expect(updates(simulation, () => simulation.give('escalate', why))).toBe(true);
  });
});

describe('places that many read', () => {
  const step = { escalation: 'INC-1/1/0', rule: 'r' };
  const pagedAt = (simulation: Incident, ...channels: string[]): Incident =>
    simulation.give('page', { ...step, people: [], channels }, system);
  const ofPlaces = (lines: readonly string[]): string[] =>
    lines.filter((line) => /^(ops|noc):/.test(line));
  const heard = (simulation: Incident, act: () => unknown): string[] =>
    ofPlaces(toldBy(simulation, act));

  test('that were paged hear who acknowledges, and that it is restored, each once', () => {
    const simulation = pagedAt(pagedAt(opened(p1), 'ops'), 'ops', 'noc');
    expect(heard(simulation, () => simulation.give('acknowledge'))).toEqual([
      'ops: acknowledged',
      'noc: acknowledged',
    ]);
    expect(heard(simulation, () => simulation.give('resolve', resolution))).toEqual([
      'ops: restored',
      'noc: restored',
    ]);
  });

  test('and people who were paged before somebody asked for the next step hear who acknowledges', () => {
    const simulation = page(pagedAt(opened(p1), 'ops')).give('escalate', why);
    const acknowledged = toldBy(simulation, () => simulation.give('acknowledge', {}, bob));
    expect(acknowledged).toEqual(['ann: acknowledged', 'ops: acknowledged']);
  });

  test('that were not paged in this round hear nothing', () => {
    const simulation = pagedAt(opened(p1), 'ops').give('acknowledge').give('escalate', why);
    expect(heard(simulation, () => simulation.give('acknowledge', {}, bob))).toEqual([]);
  });
});

describe('a page that did not get through', () => {
  const failed = { effect: 'INC-1/2/0', person: 'ann', channel: 'email' };
  const fail = (simulation: Incident) => simulation.give('failPage', failed, system);

  test("is told to the team's lead", () => {
    const simulation = page(opened(p1));
    expect(toldBy(simulation, () => fail(simulation))).toEqual(['lea: pageFailed']);
  });

  test('leaves the escalation as it is', () => {
    const simulation = page(opened(p1));
    expect(begunBy(simulation, () => fail(simulation))).toEqual([]);
    expect(runs(simulation)).toBe(true);
  });

  test('need not be told any more once somebody has acknowledged', () => {
    const simulation = fail(page(opened(p1)));
    expect(told(simulation)).toContain('lea: pageFailed');
    expect(told(simulation.give('acknowledge'))).not.toContain('lea: pageFailed');
  });

  test('is an event only while the incident is open', () => {
    const simulation = page(opened(p1)).give('resolve', resolution);
    expect(simulation.refusal('failPage', failed, system)).toMatchObject({ kind: 'wrongState' });
  });
});
