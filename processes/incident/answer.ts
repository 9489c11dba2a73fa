import { z } from 'zod';
import type { Actor } from '../../domain/actor.ts';
import { isAnswered, rePageAt } from '../../domain/escalation/answer.ts';
import { formatDuration, HOUR, MINUTE } from '../../domain/time.ts';
import type { Instant } from '../../domain/time.ts';
import { command, nothing, wrong } from './command.ts';
import { escalationOf } from './escalationOf.ts';
import type { IncidentFields } from './fields.ts';
import type { Given, Incident } from './record.ts';

const LONGEST_SNOOZE = 24 * HOUR;

/** A person's answer; a monitoring system's or a timer's is none. */
export function answer(record: Incident, actor: Actor, now: Instant): Partial<IncidentFields> {
  if (actor.kind !== 'person') return {};
  const respondedAt = record.fields.respondedAt ?? now;
  if (record.fields.answeredAt !== null) return { respondedAt };
  const answered = { answeredAt: now, answeredBy: actor.id, respondedAt };
  return { ...answered, escalateAnyway: false, exhausted: false };
}

/** It needs an answer, or another one. */
export const unanswered: Partial<IncidentFields> = {
  answeredAt: null,
  answeredBy: null,
  exhausted: false,
  paged: null,
  pagedPeople: [],
  pagedPlaces: [],
  acknowledgedBy: [],
  acknowledgedSince: [],
  pageAgainAt: null,
  snoozed: false,
};

/** Nothing pages again: work has begun, or is over. */
export const begun = { pageAgainAt: null, snoozed: false } as const;

/** Those who acknowledged, with this one; enough of them are an answer. */
function acknowledgedBy({ record, actor, policy, now }: Given<typeof nothing>) {
  const { fields } = record;
  const since = [...fields.acknowledgedSince, actor.id];
  const said = {
    acknowledgedBy: [...new Set([...fields.acknowledgedBy, actor.id])],
    acknowledgedSince: since,
    respondedAt: fields.respondedAt ?? now,
  };
  if (fields.paged !== null && !isAnswered(fields.paged, since)) return said;
  const escalation = escalationOf({ record, policy })?.escalation;
  const pageAgainAt = escalation && rePageAt(escalation, now, null);
  return { ...answer(record, actor, now), ...said, pageAgainAt: pageAgainAt ?? null };
}

export const acknowledge = command({
  does: 'Say "I have seen it": the escalation stops, once as many have said so as the policy asks for',
  input: nothing,
  event: 'acknowledged',
  refuse: ({ record: { fields }, actor }) => {
    if (fields.answeredAt !== null) return 'it is acknowledged already: nothing is left to do';
    if (!fields.acknowledgedSince.includes(actor.id)) return undefined;
    return 'you have acknowledged it already: somebody else must too';
  },
  set: (situation) => (situation.actor.kind === 'person' ? acknowledgedBy(situation) : {}),
});

const pause = z.strictObject({
  minutes: z
    .number()
    .int()
    .min(1)
    .max(LONGEST_SNOOZE / MINUTE, `must be at most ${formatDuration(LONGEST_SNOOZE)}`),
});

export const snooze = command({
  does: 'Say "I have seen it, page again later"',
  input: pause,
  event: 'snoozed',
  refuse: ({ actor }) =>
    actor.kind === 'person' ? undefined : wrong('minutes', 'only a person is paged again'),
  set: ({ record, actor, input, now }) => ({
    ...answer(record, actor, now),
    pageAgainAt: now + input.minutes * MINUTE,
    snoozed: true,
  }),
});

export const pageAgain = command({
  does: 'Nobody began to work on it after it was acknowledged, or its snooze is over: it pages again',
  input: nothing,
  event: 'pagedAgain',
  set: () => unanswered,
});
