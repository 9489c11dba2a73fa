import { unreachable } from '../errors.ts';
import { onCallAt } from '../onCall/onCall.ts';
import type { Source } from '../onCall/onCall.ts';
import type { Override } from '../onCall/override.ts';
import type { Schedule } from '../onCall/stack.ts';
import { entry } from '../policy.ts';
import type { Policy } from '../policy.ts';
import type { Instant } from '../time.ts';
import type { Step, Target } from './schema.ts';

/** A schedule as it stands, with its overrides in the order in which they were made. */
export interface StandingSchedule {
  readonly version: number;
  readonly schedule: Schedule;
  readonly overrides: readonly Override[];
}

/** What is known as a step fires. */
export interface LiveFacts {
  readonly now: Instant;
  /** The policy in force: who is active, who belongs to a team, which channels there are. */
  readonly policy: Policy;
  readonly schedules: Readonly<Record<string, StandingSchedule>>;
  /** Who had the turns of each team's round-robin, over all escalations, the oldest first: each person's last turn is enough. */
  readonly turns: Readonly<Record<string, readonly string[]>>;
  /** Who has no way left to be reached (see notification/plan.ts). */
  readonly unreachable: ReadonlySet<string>;
  /** Kinds of channels by which this installation cannot send; left out: none. */
  readonly notSetUp?: ReadonlySet<string>;
  /** Who acknowledged in this escalation already. */
  readonly acknowledged: ReadonlySet<string>;
}

/** Why somebody is meant. The position of a turn is the person's place among the team's members, from 0. */
export type Because =
  | { readonly kind: 'person' }
  | { readonly kind: 'team'; readonly team: string }
  | { readonly kind: 'roundRobin'; readonly team: string; readonly position: number }
  | {
      readonly kind: 'schedule';
      readonly schedule: string;
      readonly version: number;
      readonly source: Source;
    };

export interface Meant {
  readonly person: string;
  readonly because: Because;
}

/** Why a person who is meant is not paged. */
type NotPaged = 'unknown' | 'inactive' | 'unreachable' | 'offHours' | 'acknowledged';

/** Why nothing is paged where a team, schedule or channel is meant. */
type NotThere = 'unknown' | 'empty' | 'unreachable';

/** What was named and led to no page. `empty`: nobody is on call, or belongs to the team; `unreachable`: there is no way that is set up. */
export type Dropped =
  | { readonly kind: 'person'; readonly key: string; readonly why: NotPaged }
  | {
      readonly kind: 'team' | 'schedule' | 'channel';
      readonly key: string;
      readonly why: NotThere;
    };

/** Whom targets mean at one moment: each person and channel once, for the first reason that there is. */
export interface Resolved {
  readonly people: readonly Meant[];
  readonly channels: readonly string[];
  readonly dropped: readonly Dropped[];
}

/** What tells whom a target names. */
type NamingFacts = Pick<LiveFacts, 'now' | 'policy' | 'schedules' | 'notSetUp'>;

type Candidates = Resolved & { readonly roundRobin?: string };

const none: Resolved = { people: [], channels: [], dropped: [] };

function notThere(kind: 'team' | 'schedule' | 'channel', key: string, why: NotThere) {
  return { ...none, dropped: [{ kind, key, why }] };
}

function ofTeam({ policy }: NamingFacts, key: string, roundRobin: boolean): Candidates {
  const team = entry(policy.body.teams, key);
  if (team === undefined) return notThere('team', key, 'unknown');
  if (team.members.length === 0) return notThere('team', key, 'empty');
  const because = { kind: 'team', team: key } as const;
  const people = [...new Set(team.members)].map((person) => ({ person, because }));
  return roundRobin ? { ...none, people, roundRobin: key } : { ...none, people };
}

function ofSchedule({ schedules, now }: NamingFacts, key: string): Candidates {
  const standing = entry(schedules, key);
  if (standing === undefined) return notThere('schedule', key, 'unknown');
  const { schedule, overrides, version } = standing;
  const onCall = onCallAt(schedule, overrides, now);
  if (onCall.length === 0) return notThere('schedule', key, 'empty');
  const people = onCall.map(({ person, source }) => ({
    person,
    because: { kind: 'schedule', schedule: key, version, source } as const,
  }));
  return { ...none, people };
}

/** Whom a target names, whether or not they can be paged. */
function candidates(target: Target, facts: NamingFacts): Candidates {
  if ('person' in target) {
    return { ...none, people: [{ person: target.person, because: { kind: 'person' } }] };
  }
  if ('team' in target) return ofTeam(facts, target.team, target.roundRobin);
  if ('schedule' in target) return ofSchedule(facts, target.schedule);
  if ('channel' in target) {
    const { channel } = target;
    const known = entry(facts.policy.body.channels, channel);
    if (known === undefined) return notThere('channel', channel, 'unknown');
    const isSetUp = facts.notSetUp?.has(known.kind) !== true;
    return isSetUp ? { ...none, channels: [channel] } : notThere('channel', channel, 'unreachable');
  }
  return unreachable(target);
}

/** Everybody whom these targets name now, whether or not they can be paged; of a round-robin all who take turns. */
export function peopleNamed(targets: readonly Target[], facts: NamingFacts): readonly string[] {
  const all = targets.flatMap((target) => candidates(target, facts).people);
  return [...new Set(all.map(({ person }) => person))];
}

function whyNotPaged(
  facts: LiveFacts,
  person: string,
  workingHoursOnly: boolean,
): NotPaged | undefined {
  const { policy, now } = facts;
  const known = entry(policy.body.people, person);
  if (known === undefined) return 'unknown';
  if (!known.active) return 'inactive';
  if (facts.acknowledged.has(person)) return 'acknowledged';
  if (facts.unreachable.has(person)) return 'unreachable';
  const { workingHours } = known;
  if (!workingHoursOnly || workingHours === undefined) return undefined;
  return policy.calendar(workingHours).isOpen(now) ? undefined : 'offHours';
}

/** Of those who can be paged, the member who had no turn for the longest: so nobody is passed over for ever, whoever is absent, joins or leaves. */
function inTurn(people: readonly Meant[], team: string, facts: LiveFacts): readonly Meant[] {
  const turns = entry(facts.turns, team) ?? [];
  const members = entry(facts.policy.body.teams, team)?.members ?? [];
  const [next] = people
    .map(({ person }) => ({ person, last: turns.lastIndexOf(person) }))
    .sort((a, b) => a.last - b.last);
  if (next === undefined) return [];
  const position = members.indexOf(next.person);
  return [{ person: next.person, because: { kind: 'roundRobin', team, position } }];
}

/** Whom the targets of a step mean now, with the reason for each, and who is left out and why. */
export function resolveTargets(
  { to, when }: Pick<Step, 'to' | 'when'>,
  facts: LiveFacts,
): Resolved {
  const people = new Map<string, Meant>();
  const channels = new Set<string>();
  const dropped = new Map<string, Dropped>();
  for (const target of to) {
    const named = candidates(target, facts);
    const paged = named.people.filter(({ person }) => {
      const why = whyNotPaged(facts, person, when?.workingHours === true);
      if (why !== undefined) dropped.set(`person ${person}`, { kind: 'person', key: person, why });
      return why === undefined;
    });
    const others = paged.filter(({ person }) => !people.has(person));
    const { roundRobin } = named;
    const meant = roundRobin === undefined ? others : inTurn(others, roundRobin, facts);
    for (const one of meant) people.set(one.person, one);
    for (const channel of named.channels) channels.add(channel);
    for (const one of named.dropped) dropped.set(`${one.kind} ${one.key}`, one);
  }
  return { people: [...people.values()], channels: [...channels], dropped: [...dropped.values()] };
}
