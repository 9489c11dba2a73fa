import {
  ann,
  fields,
  lea,
  opened,
  p1,
  p3,
  resolution,
  told,
  toldBy,
} from '../../test/helpers/incident.ts';
import type { Incident } from '../../test/helpers/incident.ts';

const commander = { commander: 'bob' };
const accepted = (): Incident => opened(p1).give('acceptMajor', commander, lea);

describe('a proposal', () => {
  test('comes from the policy, with its reason, and the lead of the team hears of it', () => {
    const simulation = opened(p1);
    expect(fields(simulation)['major']).toBe('proposed');
    expect(simulation.events[0]?.reasons.find(({ of }) => of === 'major')).toEqual({
      of: 'major',
      rule: 'majorIncident.proposeAt',
      facts: { priority: 1 },
      result: 'proposed',
    });
    expect(told(simulation)).toContain('lea: majorProposed');
    expect(fields(opened(p3))['major']).toBe('none');
  });

  test('comes when the priority rises to one that the policy names', () => {
    const raised = opened(p3).give('prioritise', { impact: 1, urgency: 1, reason: 'x' });
    expect(fields(raised)['major']).toBe('proposed');
  });

  test('comes from people too, once', () => {
    const simulation = opened(p3).give('proposeMajor', { reason: 'The press calls' });
    expect(fields(simulation)['major']).toBe('proposed');
    expect(simulation.refusal('proposeMajor', { reason: 'x' })).toMatchObject({ kind: 'refused' });
  });

  test('that was demoted is not made again by the policy, though by people', () => {
    const simulation = opened(p1).give('demoteMajor', { reason: 'Only a test shop' }, lea);
    simulation.give('prioritise', { impact: 2, urgency: 2, reason: 'x' });
    simulation.give('prioritise', { impact: 1, urgency: 1, reason: 'x' });
    expect(fields(simulation)['major']).toBe('demoted');
    expect(told(simulation)).not.toContain('lea: majorProposed');
    expect(fields(simulation.give('proposeMajor', { reason: 'x' }))['major']).toBe('proposed');
  });
});

describe('an accepted one', () => {
  test('is for managers, has a commander, and is told to them and the stakeholders', () => {
    const simulation = opened(p1);
    expect(simulation.refusal('acceptMajor', commander, ann)).toMatchObject({ kind: 'forbidden' });
    expect(simulation.refusal('acceptMajor', { commander: 'gone' }, lea)).toMatchObject({
      issues: [{ pointer: '/commander' }],
    });
    const heard = toldBy(simulation, () => simulation.give('acceptMajor', commander, lea));
    expect(heard).toEqual(['bob: majorAccepted', 'sam: majorAccepted']);
    expect(fields(simulation)).toMatchObject({ major: 'accepted', commander: 'bob' });
  });

  test('owes an update each half hour; informing the stakeholders begins it anew', () => {
    const simulation = accepted().pass('20m');
    const heard = toldBy(simulation, () => simulation.give('inform', { text: 'We roll back' }));
    expect(heard).toEqual(['sam: informed']);
    simulation.pass('70m');
    expect(simulation.story().filter((line) => line.endsWith('updateDue'))).toEqual([
      '2026-11-23T09:50 updateDue',
      '2026-11-23T10:20 updateDue',
    ]);
    expect(told(simulation)).toContain('bob: updateDue');
  });

  test('owes no update any more once it is resolved, cancelled or demoted', () => {
    const ends: [Incident, string][] = [
      [accepted().give('resolve', resolution), 'resolved'],
      [accepted().give('cancel', { reason: 'x' }), 'cancelled'],
      [accepted().give('demoteMajor', { reason: 'x' }, lea), 'new'],
    ];
    for (const [simulation, state] of ends) {
      expect(simulation.state).toBe(state);
      simulation.pass('10h');
      expect(simulation.events.some(({ type }) => type === 'updateDue')).toBe(false);
    }
  });

  test('owes updates again after a reopening', () => {
    const simulation = accepted().give('resolve', resolution).pass('1h');
    simulation.give('reopen', { reason: 'x' }).pass('30m');
    expect(simulation.story().at(-1)).toBe('2026-11-23T10:30 updateDue');
  });
});

describe('the review', () => {
  test('is due three days after the end, also once it is closed, and the commander is told', () => {
    const simulation = accepted().give('resolve', resolution).give('close');
    expect(toldBy(simulation, () => simulation.pass('3d'))).toEqual(['bob: reviewDue']);
    expect(simulation.story().at(-1)).toBe('2026-11-26T09:00 reviewDue');
    expect(simulation.state).toBe('closed');
    expect(simulation.pass('300d').story().at(-1)).toBe('2026-11-26T09:00 reviewDue');
  });

  test('that was held is not asked for', () => {
    const simulation = accepted().give('resolve', resolution);
    simulation.give('review', { notes: 'A pair of eyes more' }, lea).pass('4d');
    expect(simulation.events.some(({ type }) => type === 'reviewDue')).toBe(false);
    expect(fields(simulation)).toMatchObject({
      reviewDueAt: null,
      reviewNotes: 'A pair of eyes more',
    });
  });

  test('is of major incidents alone', () => {
    const simulation = opened(p3).give('resolve', resolution);
    expect(simulation.refusal('review', { notes: 'x' }, lea)).toMatchObject({ kind: 'refused' });
    expect(fields(simulation)['reviewDueAt']).toBeNull();
  });
});

test('only what was proposed or accepted is demoted', () => {
  expect(opened(p3).refusal('demoteMajor', { reason: 'x' }, lea)).toMatchObject({
    kind: 'refused',
  });
});
