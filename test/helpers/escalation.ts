import type { z } from 'zod';
import { nextStep, start } from '../../domain/escalation/course.ts';
import type { CourseFacts, Exhausted, Page, Position } from '../../domain/escalation/course.ts';
import { escalationSchema } from '../../domain/escalation/schema.ts';
import type { Escalation } from '../../domain/escalation/schema.ts';
import { makeSchedule } from '../../domain/onCall/stack.ts';
import { scheduleSchema } from '../../domain/onCall/schedule.ts';
import { makePolicy, parsePolicy } from '../../domain/policy.ts';
import type { Policy, PolicyInput } from '../../domain/policy.ts';
import { fromIso } from '../../domain/time.ts';
import type { Instant } from '../../domain/time.ts';
import { testPolicy } from './policy.ts';

export type EscalationInput = z.input<typeof escalationSchema>;

/** The test policy with a night shift, a Slack channel, working hours of Ann, and a third member of operations. */
export const escalationPolicy = {
  ...testPolicy,
  people: {
    ...testPolicy.people,
    ann: { ...testPolicy.people.ann, workingHours: 'office' },
    cem: { name: 'Cem', email: 'cem@example.org' },
  },
  teams: {
    ...testPolicy.teams,
    operations: { ...testPolicy.teams.operations, members: ['ann', 'bob', 'cem'] },
  },
  channels: { ops: { kind: 'slack', address: 'C0123' } },
} satisfies PolicyInput;

export function policyOf(input: PolicyInput): Policy {
  const parsed = parsePolicy(input);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return makePolicy('hash', parsed.value);
}

export function escalationOf(input: Omit<EscalationInput, 'priorities'>): Escalation {
  return escalationSchema.parse({ priorities: [1, 2], ...input });
}

/** Bob has the nights of Berlin, 20:00 to 08:00, and nobody the days. */
const nights = makeSchedule(
  scheduleSchema.parse({
    name: 'Nights',
    timeZone: 'Europe/Berlin',
    layers: [
      {
        name: 'night shift',
        rotation: { kind: 'daily', handOver: '20:00' },
        start: '2026-01-01',
        people: ['bob'],
        restrictions: Object.fromEntries(
          ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'].map(
            (day) => [day, ['00:00-08:00', '20:00-24:00']],
          ),
        ),
      },
    ],
  }),
);

/** A Monday, ten in the morning of Berlin. */
export const morning = fromIso('2026-11-23T09:00:00Z');
export const night = fromIso('2026-11-23T22:00:00Z');
export const saturday = fromIso('2026-11-28T11:00:00Z');

const live = policyOf(escalationPolicy);

/** A priority 1 on a Monday morning, nobody acknowledged, everybody can be reached. */
export function factsOf(change: Partial<CourseFacts> = {}): CourseFacts {
  return {
    now: morning,
    priority: 1,
    policy: live,
    calendar: (name) => live.calendar(name),
    schedules: { nights: { version: 3, schedule: nights, overrides: [] } },
    turns: {},
    unreachable: new Set(),
    acknowledged: new Set(),
    ...change,
  };
}

/** What an escalation does at an instant. */
export interface Moment {
  readonly at: Instant;
  readonly next: Page | Exhausted;
}

/** What an escalation does step by step while nobody answers, each with its time; turns of round-robins are kept as the shell keeps them. */
export function* courseOf(escalation: Escalation, facts: CourseFacts): Generator<Moment> {
  let { now } = facts;
  let position: Position = start;
  const turns: Record<string, readonly string[]> = { ...facts.turns };
  for (;;) {
    const next = nextStep(escalation, position, { ...facts, now, turns });
    yield { at: now, next };
    const meant = next.kind === 'page' ? next.people : next.tell.people;
    for (const { person, because } of meant) {
      if (because.kind !== 'roundRobin') continue;
      turns[because.team] = [...(turns[because.team] ?? []), person];
    }
    now += next.wait;
    position = next.position;
  }
}

/** The first moments of a course that nobody answers. */
export function take(count: number, escalation: Escalation, facts: CourseFacts): Moment[] {
  const moments: Moment[] = [];
  for (const moment of courseOf(escalation, facts)) if (moments.push(moment) === count) break;
  return moments;
}
