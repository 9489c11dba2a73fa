import { recordNumber } from '../../domain/ids.ts';
import type { RelatedRecord } from '../../domain/process.ts';
import {
  ann,
  fields,
  fullPolicy,
  lea,
  monitoring,
  opened,
  p1,
  p3,
  resolution,
  zoe,
} from '../../test/helpers/incident.ts';
import { person, Simulation } from '../../domain/simulation.ts';
import { incident } from '../incident.ts';

const before = (minutes: number): string =>
  new Date(Date.parse('2026-11-23T09:00:00Z') - minutes * 60_000).toISOString();
const after = '2026-11-23T09:00:01Z';

describe('opening', () => {
  const refused = (input: object, actor = ann) => {
    const simulation = new Simulation(incident, fullPolicy, '2026-11-23T09:00:00Z');
    return () => simulation.open({ ...p3, ...input }, actor);
  };

  test.each([
    ['a moment of detection in the future', { detectedAt: after }, '/detectedAt'],
    ['a beginning in the future', { startedAt: after }, '/startedAt'],
    ['an unknown service', { service: 'lunch' }, '/service'],
    ['an impact that the matrix has not', { impact: 4 }, '/impact'],
    ['an urgency that the matrix has not', { urgency: 9 }, '/urgency'],
  ])('is refused with %s, which is named', (_what, input, pointer) => {
    expect(refused(input)).toThrow(`"pointer": "${pointer}"`);
  });

  test('by a requester is for themselves', () => {
    expect(refused({ requester: 'carl' }, zoe)).toThrow('"pointer": "/requester"');
    expect(fields(opened({ ...p3, requester: 'zoe' }, zoe))).toMatchObject({
      requester: 'zoe',
      openedBy: 'zoe',
    });
  });

  test.each([
    ['portal', zoe],
    ['monitoring', monitoring],
    [null, ann],
  ])('comes by %s when nobody says', (channel, actor) => {
    expect(fields(opened(p3, actor))['channel']).toBe(channel);
  });

  test('counts as detected at once unless somebody noticed before', () => {
    expect(fields(opened())['detectedAt']).toBe(Date.parse(before(0)));
    const early = opened({ ...p3, detectedAt: before(10), startedAt: before(30) });
    expect(fields(early)).toMatchObject({
      detectedAt: Date.parse(before(10)),
      startedAt: Date.parse(before(30)),
    });
  });
});

describe('restoredAt', () => {
  test('is the moment of the resolution', () => {
    const simulation = opened().pass('1h').give('resolve', resolution);
    expect(fields(simulation)['restoredAt']).toBe(simulation.record.lastAt);
  });

  test('is set back with a reason, not without, not before the beginning and never forward', () => {
    const simulation = opened({ ...p3, startedAt: before(60) }).pass('1h');
    const back = (restoredAt: string, restoredReason?: string) =>
      simulation.refusal('resolve', {
        ...resolution,
        restoredAt,
        ...(restoredReason === undefined ? {} : { restoredReason }),
      });
    expect(back(before(-30), 'seen in the log')).toBeUndefined();
    expect(back(before(-30))).toMatchObject({ issues: [{ pointer: '/restoredReason' }] });
    expect(back(before(61), 'x')).toMatchObject({ issues: [{ pointer: '/restoredAt' }] });
    expect(back(before(-61), 'x')).toMatchObject({ issues: [{ pointer: '/restoredAt' }] });
  });

  test('does not let the beginning be moved behind it', () => {
    const simulation = opened().pass('1h').give('resolve', resolution).pass('1h');
    expect(simulation.refusal('amend', { startedAt: before(-61) })).toMatchObject({
      issues: [{ pointer: '/startedAt', detail: 'lies after the service was restored' }],
    });
  });
});

describe('putting details right', () => {
  test('changes what is named and nothing else; the service level follows the service', () => {
    const simulation = opened();
    const was = fields(simulation);
    simulation.give('amend', { service: 'wiki', category: 'search' });
    expect(fields(simulation)).toEqual({ ...was, service: 'wiki', category: 'search' });
  });

  test.each([
    [{}, ''],
    [{ service: 'lunch' }, '/service'],
    [{ detectedAt: after }, '/detectedAt'],
  ])('%j is refused', (input, pointer) => {
    expect(opened().refusal('amend', input)).toMatchObject({ issues: [{ pointer }] });
  });
});

test('time worked adds up', () => {
  const simulation = opened().give('logWork', { minutes: 20 }).give('logWork', { minutes: 25 });
  expect(fields(simulation)['minutesWorked']).toBe(45);
});

describe('links', () => {
  const other = (part: Partial<RelatedRecord> = {}): RelatedRecord => ({
    number: recordNumber('INC', 7),
    process: 'incident',
    organisation: 'main',
    state: 'new',
    ancestors: [],
    ...part,
  });
  const input = { relation: 'parent', number: 'INC-7' };

  test.each([
    ['parent', 'parent'],
    ['duplicate', 'duplicateOf'],
    ['follows', 'follows'],
  ])('%s leads to another incident, and can be taken away', (relation, field) => {
    const simulation = opened().give('link', { relation, number: 'INC-7' }, ann, other());
    expect(fields(simulation)[field]).toBe('INC-7');
    expect(fields(simulation.give('unlink', { relation }))[field]).toBeNull();
    expect(simulation.refusal('unlink', { relation })).toMatchObject({
      issues: [{ pointer: '/relation' }],
    });
  });

  test('form no circle, also through duplicates, and lead to nothing of another organisation', () => {
    const refusal = (related?: RelatedRecord, number = 'INC-7') =>
      opened().refusal('link', { ...input, number }, ann, related);
    for (const wrong of [
      refusal(other({ ancestors: ['INC-3', 'INC-1'] })),
      refusal(other({ organisation: 'elsewhere' })),
      refusal(other({ process: 'problem' })),
      refusal(),
      refusal(other({ number: recordNumber('INC', 1) }), 'INC-1'),
    ]) {
      expect(wrong).toMatchObject({ kind: 'invalid', issues: [{ pointer: '/number' }] });
    }
    expect(refusal(other({ ancestors: ['INC-3'] }))).toBeUndefined();
  });

  test('to problems and changes keep their number, which is no incident', () => {
    const simulation = opened().give('link', { relation: 'problem', number: 'PRB-3' });
    expect(fields(simulation)['problem']).toBe('PRB-3');
    expect(simulation.refusal('link', { relation: 'change', number: 'INC-3' })).toMatchObject({
      issues: [{ pointer: '/number' }],
    });
  });
});

describe('a correction', () => {
  const correct = (fromAt: string, toAt: string, clock = 'resolve') => ({
    clock,
    fromAt,
    toAt,
    reason: 'The data centre was closed',
  });
  const ten = '2026-11-23T10:00:00Z';
  const noon = '2026-11-23T12:00:00Z';

  test('moves the deadline by the time that it takes out, with a reason', () => {
    const simulation = opened(p1).give('start').pass('3h30m');
    simulation.give('correct', correct(ten, noon), lea);
    expect(simulation.dueAt('resolve')).toBe('2026-11-23T15:00:00.000Z');
    const reason = simulation.events.at(-1)?.reasons.find(({ of }) => of === 'resolve');
    expect(reason?.result).toBe(Date.parse('2026-11-23T15:00:00Z'));
    expect(simulation.pass('5h').story()).toContain('2026-11-23T15:00 resolve.breached');
  });

  test('never takes a breach back, nor lets it happen twice', () => {
    const simulation = opened(p1).give('start').pass('5h');
    simulation.give('correct', correct(ten, noon), lea).pass('9h');
    expect(simulation.record.clocks['resolve']).toMatchObject({
      breachedAt: Date.parse('2026-11-23T13:00:00Z'),
      dueAt: Date.parse('2026-11-23T15:00:00Z'),
    });
    const breaches = simulation.events.filter(({ type }) => type === 'resolve.breached');
    expect(breaches).toHaveLength(1);
  });

  test('is possible once it is closed, for reports', () => {
    const simulation = opened(p1).pass('5h').give('resolve', resolution).give('close');
    simulation.give('correct', correct(ten, noon, 'respond'), lea);
    expect(simulation.record.clocks['respond']).toMatchObject({
      breachedAt: Date.parse('2026-11-23T09:15:00Z'),
      stoppedAt: Date.parse('2026-11-23T14:00:00Z'),
    });
    expect(simulation.pass('30d').state).toBe('closed');
  });

  test.each([
    ['before the clock began', correct('2026-11-22T10:00:00Z', '2026-11-22T11:00:00Z'), '/fromAt'],
    ['backwards', correct(noon, ten), '/fromAt'],
    ['empty', correct(ten, ten), '/fromAt'],
    ['into the future', correct(ten, '2026-11-24T10:00:00Z'), '/toAt'],
  ])('%s is refused', (_what, input, pointer) => {
    expect(opened(p1).pass('4h').refusal('correct', input, lea)).toMatchObject({
      issues: [{ pointer }],
    });
  });

  test('is for managers', () => {
    expect(opened(p1).refusal('correct', correct(ten, noon), ann)).toMatchObject({
      kind: 'forbidden',
    });
  });
});

describe('a closed incident', () => {
  const closed = () => opened().give('resolve', resolution).pass('1h').give('close');
  const again = { reason: 'Down again' };

  test.each([
    ['14d', undefined],
    ['14d1s', { kind: 'refused' }],
  ])('is reopened by a manager %s after: %j', (time, refusal) => {
    const result = closed().pass(time).refusal('reopen', again, lea);
    if (refusal === undefined) expect(result).toBeUndefined();
    else expect(result).toMatchObject(refusal);
  });

  test('is not kept open for longer by comments, which come after its end', () => {
    const simulation = closed().pass('13d').give('comment', { text: 'x' }).pass('2d');
    expect(simulation.refusal('reopen', again, lea)).toMatchObject({ kind: 'refused' });
  });

  test.each([ann, zoe, monitoring, person('al', 'agent')])('is not for $id', (actor) => {
    expect(closed().refusal('reopen', again, actor)).toMatchObject({ kind: 'wrongState' });
  });

  test('counts its reopenings, and asks for an answer again', () => {
    const simulation = closed().give('reopen', again, lea);
    simulation.give('resolve', resolution).give('reopen', again);
    expect(fields(simulation)).toMatchObject({
      reopens: 2,
      answeredAt: null,
      resolvedAt: null,
      restoredAt: null,
      closedAt: null,
    });
  });
});
