import {
  ann,
  bob,
  fields,
  lea,
  opened,
  p1,
  told,
  toldBy,
  zoe,
} from '../../test/helpers/incident.ts';
import type { Incident } from '../../test/helpers/incident.ts';

const question = { reason: 'customer', comment: 'Which browser?' };

function held(input: object = { reason: 'supplier' }): Incident {
  return opened({ title: 'Slow search', impact: 2, urgency: 2, requester: 'zoe' })
    .give('start')
    .give('hold', { ...input });
}

describe('a follow-up', () => {
  test("comes at the policy's time for the reason, once, and tells the assignee", () => {
    const simulation = held();
    expect(fields(simulation)['followUpAt']).toBe(Date.parse('2026-11-24T09:00:00Z'));
    expect(toldBy(simulation, () => simulation.pass('23h59m'))).toEqual([]);
    expect(toldBy(simulation, () => simulation.pass('1m'))).toContain('ann: followUpDue');
    expect(simulation.state).toBe('onHold');
    simulation.pass('20d');
    const reminders = simulation.story().filter((line) => line.endsWith('followUpDue'));
    expect(reminders).toEqual(['2026-11-24T09:00 followUpDue']);
  });

  test('comes when the hold says so', () => {
    const simulation = held({ reason: 'supplier', followUpAt: '2026-11-23T12:00:00+01:00' });
    simulation.pass('2h');
    expect(simulation.story().at(-1)).toBe('2026-11-23T11:00 followUpDue');
  });

  test("tells the team's lead when nobody is assigned", () => {
    const simulation = opened().give('assign', { team: 'operations' });
    simulation.give('hold', { reason: 'supplier' });
    expect(toldBy(simulation, () => simulation.pass('1d'))).toContain('lea: followUpDue');
  });

  test('does not come for a reason without one, nor after the hold has ended', () => {
    expect(told(held({ reason: 'change' }).pass('20d'))).not.toContain('ann: followUpDue');
    for (const end of ['resume', 'resolve', 'cancel'] as const) {
      const input = { resume: {}, resolve: { code: 'x', notes: 'x' }, cancel: { reason: 'x' } };
      const over = held().give(end, input[end]).pass('20d');
      expect([end, over.events.some(({ type }) => type === 'followUpDue')]).toEqual([end, false]);
    }
  });

  test('cannot be set into the past', () => {
    const simulation = opened().give('start');
    const followUpAt = '2026-11-23T09:00:00Z';
    expect(simulation.refusal('hold', { reason: 'supplier', followUpAt })).toMatchObject({
      issues: [{ pointer: '/followUpAt' }],
    });
  });
});

describe('a hold for the customer', () => {
  test('needs a comment, and the requester is asked for the answer', () => {
    const simulation = opened({ ...p1, requester: 'zoe' }).give('start');
    expect(simulation.refusal('hold', { reason: 'customer' })).toMatchObject({
      issues: [{ pointer: '/comment' }],
    });
    expect(toldBy(simulation, () => simulation.give('hold', question))).toEqual([
      'zoe: answerNeeded',
    ]);
  });

  test("ends with the requester's answer, which its owner hears of", () => {
    const simulation = held(question).pass('2h');
    expect(simulation.dueAt('resolve')).toBeNull();
    const heard = toldBy(simulation, () => simulation.give('comment', { text: 'Firefox' }, zoe));
    expect(simulation.state).toBe('inProgress');
    expect(fields(simulation)).toMatchObject({ holdReason: null, followUpAt: null });
    expect(simulation.dueAt('resolve')).not.toBeNull();
    expect(heard).toEqual(['ann: commented']);
  });

  test("does not end with anybody else's comment, nor another hold with the requester's", () => {
    expect(held(question).give('comment', { text: 'x' }, bob).state).toBe('onHold');
    expect(held().give('comment', { text: 'x' }, zoe).state).toBe('onHold');
  });
});

describe('an assignment on hold', () => {
  test('keeps the hold and its clock, and counts as a reassignment', () => {
    const simulation = held(question).give('assign', { assignee: 'bob' });
    expect(simulation.state).toBe('onHold');
    expect(fields(simulation)).toMatchObject({
      assignee: 'bob',
      holdReason: 'customer',
      reassignments: 1,
    });
    expect(simulation.dueAt('resolve')).toBeNull();
  });

  test('goes to another team; its follow-up goes there too', () => {
    const simulation = held().give('assign', { team: 'network', assignee: 'bob' }, lea);
    expect(toldBy(simulation, () => simulation.pass('1d'))).toContain('bob: followUpDue');
  });
});

test('reassignments count moves between people and teams, not the first owner nor the same again', () => {
  const simulation = opened();
  const counts = [
    { assignee: 'ann' },
    { assignee: 'ann' },
    { assignee: 'bob' },
    { team: 'network', assignee: 'bob' },
    { team: 'network' },
  ].map((input) => fields(simulation.give('assign', input, ann))['reassignments']);
  expect(counts).toEqual([0, 0, 1, 2, 3]);
});

test('the time in each state is counted from the events', () => {
  const simulation = opened()
    .pass('10m')
    .give('start')
    .pass('1h')
    .give('hold', { reason: 'change' })
    .pass('3h')
    .give('resume')
    .pass('30m')
    .give('resolve', { code: 'x', notes: 'x' });
  const minute = 60_000;
  expect(simulation.record).toMatchObject({
    timeIn: { new: 10 * minute, inProgress: 90 * minute, onHold: 180 * minute },
    stateSince: Date.parse('2026-11-23T13:40:00Z'),
  });
});
