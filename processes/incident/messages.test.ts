import {
  ann,
  bob,
  fields,
  lea,
  monitoring,
  opened,
  p3,
  resolution,
  toldBy,
  told,
  zoe,
} from '../../test/helpers/incident.ts';
import type { Incident } from '../../test/helpers/incident.ts';
import { incident } from '../incident.ts';

const forZoe = { ...p3, requester: 'zoe' };

describe('requesters hear', () => {
  test('of the opening: as a receipt from the portal, and when the desk opened it for them', () => {
    expect(told(opened(p3, zoe))).toEqual(['zoe: opened']);
    expect(told(opened({ ...forZoe, channel: 'phone' }))).toEqual(['zoe: opened']);
    expect(told(opened(p3, ann))).toEqual([]);
    expect(told(opened(p3, monitoring))).toEqual([]);
  });

  test('of public comments, never of internal ones nor of their own', () => {
    const simulation = opened(forZoe);
    const comment = (input: object, actor = ann): string[] =>
      toldBy(simulation, () => simulation.give('comment', { text: 'x', ...input }, actor));
    expect(comment({})).toEqual(['zoe: commented']);
    expect(comment({ visibility: 'internal' })).toEqual([]);
    expect(comment({}, zoe)).toEqual([]);
  });

  test('of updates and of the resolution', () => {
    const simulation = opened(forZoe);
    const inform = (): unknown => simulation.give('inform', { text: 'x' });
    expect(toldBy(simulation, inform)).toEqual(['sam: informed', 'zoe: informed']);
    const resolve = (): unknown => simulation.give('resolve', resolution);
    expect(toldBy(simulation, resolve)).toEqual(['zoe: resolved']);
  });

  test('of nothing else', () => {
    const simulation = opened(forZoe).give('acceptMajor', { commander: 'bob' }, lea);
    const heard = toldBy(simulation, () => {
      simulation.give('assign', { assignee: 'bob' }, ann).give('start', {}, bob).pass('30d');
      simulation.give('hold', { reason: 'supplier', comment: 'They are slow' }).give('resume');
      simulation.give('escalate', { reason: 'x' }).give('logWork', { minutes: 5 });
      simulation.give('prioritise', { impact: 3, urgency: 3, reason: 'x' }).give('acknowledge');
    });
    expect(heard.filter((line) => line.startsWith('zoe'))).toEqual([]);
    expect(heard).toContain('bob: assigned');
  });
});

describe('watchers', () => {
  const watched = (): Incident => opened(forZoe).give('watch', {}, lea);

  test('hear what the requester hears, until they stop', () => {
    const simulation = watched();
    const comment = (): unknown => simulation.give('comment', { text: 'x' });
    expect(toldBy(simulation, comment)).toEqual(['zoe: commented', 'lea: commented']);
    simulation.give('unwatch', {}, lea);
    expect(toldBy(simulation, comment)).toEqual(['zoe: commented']);
  });

  test('are listed once, and requesters add and remove only themselves', () => {
    const simulation = watched().give('watch', {}, lea).give('watch', {}, zoe);
    expect(fields(simulation)['watchers']).toEqual(['lea', 'zoe']);
    for (const command of ['watch', 'unwatch'] as const)
      expect(simulation.refusal(command, { person: 'lea' }, zoe)).toMatchObject({
        kind: 'refused',
      });
    expect(simulation.refusal('watch', { person: 'gone' }, lea)).toMatchObject({
      issues: [{ pointer: '/person' }],
    });
  });

  test('who speak are heard by the owner', () => {
    const simulation = watched().give('start');
    const comment = (): unknown => simulation.give('comment', { text: 'x' }, lea);
    expect(toldBy(simulation, comment)).toEqual(['zoe: commented', 'ann: commented']);
  });
});

test('what requesters are shown are events and fields that there are', () => {
  const events = new Set(['opened', ...Object.values(incident.commands).map(({ event }) => event)]);
  const { requesters } = incident;
  expect(Object.keys(requesters.events).filter((type) => !events.has(type))).toEqual([]);
  const known = Object.keys(opened().record.fields);
  expect(requesters.fields.filter((name) => !known.includes(name))).toEqual([]);
});
