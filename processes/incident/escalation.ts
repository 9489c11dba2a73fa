import { z } from 'zod';
import type { DomainEvent, Effect, Transition } from '../../domain/process.ts';
import { unanswered } from './answer.ts';
import { command, nothing, withReason } from './command.ts';
import { escalationOf } from './escalationOf.ts';
import type { AwaitedPage, IncidentFields } from './fields.ts';
import type { Given, IncidentSituation } from './record.ts';
import { isOpen } from './states.ts';
import type { IncidentState } from './states.ts';

/** While nobody has answered, and the priority asks for pages or somebody did. */
export function needsAnswer(situation: IncidentSituation): boolean {
  const { fields, state } = situation.record;
  const priorities = escalationOf(situation)?.escalation.priorities;
  if (priorities === undefined || fields.answeredAt !== null || !isOpen(state)) return false;
  return fields.escalateAnyway || priorities.includes(fields.priority);
}

export function begin(situation: IncidentSituation): Effect[] {
  return [{ kind: 'escalation', escalation: escalationOf(situation)?.name ?? '' }];
}

/** Its steps came to their end, and somebody asks again. */
export function isAskedAgain({
  before,
  after,
}: Transition<IncidentFields, IncidentState>): boolean {
  return before.fields.exhausted && !after.fields.exhausted;
}

/** An escalation that runs takes its next step; one that the command itself begins takes its first anyway. */
export function nextStep({
  record,
  event,
}: IncidentSituation & { readonly event: DomainEvent }): Effect[] {
  const { answeredAt, exhausted } = event.change.fields ?? {};
  const { escalation } = record.fields;
  const runs = answeredAt === undefined && exhausted === undefined;
  return runs && escalation !== null ? [{ kind: 'advance', escalation }] : [];
}

export const escalate = command({
  does: 'Page the next step now, whatever the priority',
  input: withReason,
  event: 'escalated',
  refuse: (situation) =>
    escalationOf(situation) === undefined
      ? `the service "${situation.record.fields.service}" has no escalation in the policy: assign it to somebody`
      : undefined,
  set: ({ record: { fields } }) => ({
    ...unanswered,
    // Whoever was paged still looks at it, and hears who acknowledges.
    ...(fields.answeredAt === null
      ? { pagedPeople: fields.pagedPeople, pagedPlaces: fields.pagedPlaces }
      : {}),
    escalateAnyway: true,
  }),
});

/** Whom one moment of an escalation means, why, and who is left out; see domain/escalation/resolve.ts. */
const meant = {
  people: z.array(z.string()),
  /** Places that many people read, by the policy's names. */
  channels: z.array(z.string()).default([]),
  /** Why each of the people: `Because`, by the person. */
  because: z.record(z.string(), z.unknown()).default({}),
  dropped: z.array(z.unknown()).default([]),
};

/** Where the escalation goes on, and after which wait: so it can be continued from its last event. */
const course = {
  escalation: z.string(),
  rule: z.string(),
  position: z.unknown().optional(),
  wait: z.number().int().min(0).optional(),
  /** Steps that were passed over before this one, and why. */
  skipped: z.array(z.unknown()).default([]),
};

const pageInput = z.strictObject({
  ...course,
  ...meant,
  round: z.number().int().default(0),
  /** Its place among the steps, from 0; the catch-all has none. */
  step: z.number().int().optional(),
  acknowledgedBy: z.number().int().min(1).default(1),
});

function awaited({ input }: Given<typeof pageInput>): AwaitedPage {
  const { people, channels, because, dropped, acknowledgedBy } = input;
  return {
    people: people.map((person) => ({ person, because: because[person] ?? { kind: 'person' } })),
    channels,
    dropped,
    acknowledgedBy,
  } as unknown as AwaitedPage;
}

export const page = command({
  does: 'A step of the escalation pages people',
  input: pageInput,
  event: 'paged',
  set: (situation) => ({
    escalation: situation.input.escalation,
    paged: awaited(situation),
    pagedPeople: [...new Set([...situation.record.fields.pagedPeople, ...situation.input.people])],
    pagedPlaces: [
      ...new Set([...situation.record.fields.pagedPlaces, ...situation.input.channels]),
    ],
    acknowledgedSince: [],
    heldBy: null,
  }),
});

export const holdPages = command({
  does: 'Pages are held back: by a maintenance window, or by an incident of something it depends on',
  input: z.strictObject({
    escalation: z.string(),
    by: z.enum(['window', 'incident']),
    id: z.string(),
    why: z.string(),
    until: z.number().int().nullable(),
  }),
  event: 'pagesHeld',
  refuse: ({ record: { fields }, input }) =>
    fields.heldBy?.id === input.id ? 'its pages are held back by the same already' : undefined,
  set: ({ input }) => ({
    escalation: input.escalation,
    heldBy: { by: input.by, id: input.id },
  }),
});

export const releasePages = command({
  does: 'What held its pages back is over: the escalation looks again',
  input: nothing,
  event: 'pagesReleased',
  refuse: ({ record }) =>
    record.fields.heldBy === null ? 'nothing holds its pages back' : undefined,
  set: () => ({ heldBy: null }),
});

/** The escalation that waited takes its step. */
export function goOn({ record }: IncidentSituation): Effect[] {
  const { escalation } = record.fields;
  return escalation === null ? [] : [{ kind: 'advance', escalation }];
}

/** What held its pages back may not do so any more: the escalation that waits for it looks again. */
export function lookAgain(situation: IncidentSituation): Effect[] {
  return situation.record.fields.heldBy === null ? [] : goOn(situation);
}

/** Once it is over, what it held back of others is looked at again. */
export function letGo({ record }: IncidentSituation): Effect[] {
  const { pagedPeople, pagedPlaces } = record.fields;
  return pagedPeople.length + pagedPlaces.length === 0
    ? []
    : [{ kind: 'release', by: record.number }];
}

/** The same when it turns out to be about another service, on which they may not depend. */
export function letGoOfOthers(
  situation: IncidentSituation & { readonly event: DomainEvent },
): Effect[] {
  const { service } = situation.event.change.fields ?? {};
  return service === undefined ? [] : letGo(situation);
}

export const exhaust = command({
  does: 'The escalation came to its end without an answer; it begins anew after a while',
  input: z.strictObject({ ...course, ...meant, people: z.array(z.string()).default([]) }),
  event: 'escalationExhausted',
  set: () => ({ exhausted: true }),
});

export const failPage = command({
  does: 'A page of the escalation did not get through and was given up',
  input: z.strictObject({ effect: z.string(), person: z.string(), channel: z.string() }),
  event: 'pageFailed',
});
