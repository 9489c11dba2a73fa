import type { Actor } from '../../domain/actor.ts';
import type { Instant } from '../../domain/time.ts';
import { command, nothing } from './command.ts';
import type { IncidentFields } from './fields.ts';
import type { Incident } from './record.ts';

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
};

export const acknowledge = command({
  does: 'Say "I have seen it": the escalation stops',
  input: nothing,
  event: 'acknowledged',
  refuse: ({ record }) =>
    record.fields.answeredAt === null
      ? undefined
      : 'it is acknowledged already: nothing is left to do',
  set: ({ record, actor, now }) => answer(record, actor, now),
});
