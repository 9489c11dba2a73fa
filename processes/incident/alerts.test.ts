import {
  ann,
  begunBy,
  fields,
  lea,
  monitoring,
  opened,
  p1,
  p3,
  resolution,
  toldBy,
} from '../../test/helpers/incident.ts';
import type { Incident } from '../../test/helpers/incident.ts';

const critical = { severity: 'critical', reason: 'Latency at 100 %' };
const warning = { severity: 'warning', reason: 'Latency at 80 %' };
const raise = (simulation: Incident, input: object): Incident =>
  simulation.give('raise', { ...input }, monitoring);

describe('an alert that is more severe', () => {
  test('raises impact, urgency and priority, and names the place in the policy', () => {
    const simulation = raise(opened(p3, monitoring), critical);
    expect(fields(simulation)).toMatchObject({ impact: 1, urgency: 1, priority: 1 });
    const rule = 'alertmanager.severities.critical';
    const facts = { severity: 'critical' };
    expect(simulation.events.at(-1)?.reasons.slice(0, 2)).toEqual([
      { of: 'impact', rule, facts, result: 1 },
      { of: 'urgency', rule, facts, result: 1 },
    ]);
  });

  test('pages, also when a person had answered the lower priority', () => {
    const simulation = opened(p3, monitoring).give('acknowledge');
    expect(begunBy(simulation, () => raise(simulation, critical))).toEqual(['escalation']);
    expect(fields(simulation)['answeredAt']).toBeNull();
  });

  test("raises what a person made of it, and nothing below a person's word", () => {
    const lowered = { impact: 3, urgency: 3, reason: 'Only the test shop' };
    const simulation = opened(p1).give('prioritise', lowered);
    expect(fields(raise(simulation, warning))).toMatchObject({ impact: 2, urgency: 2 });
    simulation.give('prioritise', { ...lowered, impact: 1, urgency: 2 });
    expect(simulation.refusal('raise', warning, monitoring)).toMatchObject({ kind: 'refused' });
  });
});

test('an alert as severe as the incident raises nothing', () => {
  const simulation = opened(p3, monitoring);
  expect(simulation.refusal('raise', warning, monitoring)).toMatchObject({ kind: 'refused' });
  expect(simulation.refusal('raise', { reason: 'unmapped' }, monitoring)).toMatchObject({
    kind: 'refused',
  });
});

test('people set the priority themselves: they do not raise by alerts', () => {
  expect(opened(p3).refusal('raise', critical, lea)).toMatchObject({ kind: 'forbidden' });
});

test('the owner hears of a reopening, unless it is their own', () => {
  const resolved = (): Incident =>
    opened(p3).give('assign', { assignee: 'ann' }).give('resolve', resolution);
  const reopen = (simulation: Incident, actor = monitoring): string[] =>
    toldBy(simulation, () => simulation.give('reopen', { reason: 'It fires on' }, actor));
  expect(reopen(resolved())).toEqual(['ann: reopened']);
  expect(reopen(resolved(), ann)).toEqual([]);
  expect(reopen(opened(p3).give('resolve', resolution, monitoring))).toEqual(['lea: reopened']);
});
