import fc from 'fast-check';
import type { Actor } from '../../domain/actor.ts';
import { fold } from '../../domain/evolve.ts';
import { recordNumber } from '../../domain/ids.ts';
import type { RelatedRecord } from '../../domain/process.ts';
import { person, Simulation } from '../../domain/simulation.ts';
import { fullPolicy, monday, opened, p1, resolution, system } from '../../test/helpers/incident.ts';
import type { Incident } from '../../test/helpers/incident.ts';
import { incident } from '../incident.ts';
import { added } from './fields.ts';

type Name = keyof typeof incident.commands;

const admin = person('ann', 'admin');
const why = { reason: 'x' };
const related: RelatedRecord = {
  number: recordNumber('INC', 7),
  process: 'incident',
  organisation: 'main',
  state: 'new',
  ancestors: [],
};
const file = { name: 'log.txt', mediaType: 'text/plain', size: 10, sha256: 'x' };

/** An input that each command takes. */
const inputs: Readonly<Partial<Record<Name, object>>> = {
  assign: { assignee: 'bob' },
  hold: { reason: 'customer', comment: 'x' },
  resolve: resolution,
  reopen: why,
  cancel: why,
  escalate: why,
  raise: { severity: 'critical', reason: 'x' },
  prioritise: { impact: 1, urgency: 2, reason: 'x' },
  comment: { text: 'x' },
  attach: file,
  sendAgain: { effect: 'INC-1/1/0' },
  dismissDeadLetter: { effect: 'INC-1/1/0', reason: 'The number is gone' },
  redact: { reason: 'x', all: true },
  amend: { category: 'search' },
  logWork: { minutes: 5 },
  watch: { person: 'bob' },
  link: { relation: 'parent', number: 'INC-7' },
  unlink: { relation: 'parent' },
  proposeMajor: why,
  acceptMajor: { commander: 'bob' },
  demoteMajor: why,
  inform: { text: 'x' },
  review: { notes: 'x' },
  correct: { clock: 'resolve', fromAt: monday, toAt: '2026-11-23T09:10:00Z', reason: 'x' },
  noteAlerts: { firing: 1, resolved: 2, summary: 'x' },
  page: { escalation: 'INC-1/1/0', round: 0, step: 0, rule: 'r', people: ['ann'] },
  exhaust: { escalation: 'INC-1/1/0', rule: 'r' },
  snooze: { minutes: 30 },
  holdPages: { escalation: 'INC-1/1/0', by: 'window', id: 'w', why: 'service', until: null },
  failPage: { effect: 'INC-1/2/0', person: 'ann', channel: 'email' },
};
const names = Object.keys(incident.commands) as Name[];
const actorOf = (name: Name): Actor =>
  incident.commands[name].by.every((role) => role === 'system') ? system : admin;

function give(simulation: Incident, name: Name): void {
  simulation.give(name, { ...inputs[name] }, actorOf(name), related);
}

function refusal(simulation: Incident, name: Name): unknown {
  return simulation.refusal(name, { ...inputs[name] }, actorOf(name), related);
}

/** What an incident was before a command, so that the command is possible. */
const ready: Readonly<Partial<Record<Name, readonly Name[]>>> = {
  releasePages: ['holdPages'],
  hold: ['start'],
  followUp: ['start', 'hold'],
  resume: ['start', 'hold'],
  reopen: ['resolve'],
  close: ['resolve'],
  unlink: ['link'],
  demoteMajor: ['proposeMajor'],
  review: ['acceptMajor', 'resolve'],
  remindReview: ['acceptMajor', 'resolve'],
  remindUpdate: ['acceptMajor'],
};

/** A record as version 1 stored it: without the fields that came later, decided by another definition. */
function ofVersion1(): Incident {
  const { record } = opened({ title: 'x', impact: 2, urgency: 2 });
  const later = new Set(Object.keys(added));
  const fields = Object.fromEntries(
    Object.entries(record.fields).filter(([name]) => !later.has(name)),
  );
  return new Simulation(incident, fullPolicy, monday)
    .goOn({ ...record, version: 1, fields })
    .pass('20m');
}

test.each(names)('a record of version 1 takes %s', (name) => {
  const simulation = ofVersion1();
  for (const first of ready[name] ?? []) give(simulation, first);
  give(simulation, name);
  expect(simulation.record.version).toBe(incident.version);
  expect(simulation.record.fields).toEqual(
    expect.objectContaining({ watchers: expect.any(Array) as unknown }),
  );
  expect(simulation.events.at(-1)?.type).toBe(incident.commands[name].event);
});

test('a record of version 1 has every field after its next command', () => {
  const simulation = ofVersion1().give('acknowledge');
  expect(Object.keys(simulation.record.fields).sort()).toEqual(
    Object.keys(opened().record.fields).sort(),
  );
});

test('whatever is done in whatever order, the record is the fold of its events and time never goes back', () => {
  const step = fc.record({ pick: fc.nat(), minutes: fc.integer({ min: 0, max: 900 }) });
  const done = new Set<string>();
  fc.assert(
    fc.property(fc.array(step, { minLength: 10, maxLength: 40 }), (steps) => {
      const simulation = opened(p1);
      for (const { pick, minutes } of steps) {
        simulation.pass(`${minutes}m`);
        const possible = names.filter((name) => refusal(simulation, name) === undefined);
        // What ends it comes seldom, so that much happens before.
        const name = possible[pick % possible.length];
        if (name === undefined || (name === 'cancel' && pick % 5 > 0)) continue;
        give(simulation, name);
        done.add(name);
      }
      const { record, events } = simulation;
      expect(fold(record, events)).toEqual(record);
      expect(JSON.parse(JSON.stringify(record))).toEqual(record);
      const times = events.map(({ at }) => at);
      expect(times).toEqual([...times].sort((a, b) => a - b));
      const spent = Object.values(record.timeIn).reduce<number>((sum, ms) => sum + (ms ?? 0), 0);
      expect(spent).toBe(record.stateSince - record.openedAt);
    }),
    { seed: 7, numRuns: 80 },
  );
  expect([...names].filter((name) => !done.has(name))).toEqual([]);
});
