import { z } from 'zod';
import { freeText, identifier, instant } from '../../domain/text.ts';
import { answer, begun, unanswered } from './answer.ts';
import { command, nothing, notInFuture, withReason, wrong } from './command.ts';
import type { Refused } from './command.ts';
import { noHold } from './hold.ts';
import { nextUpdateAt, reviewDueAt } from './major.ts';
import type { Given, IncidentSituation } from './record.ts';
import type { IncidentState } from './states.ts';

const resolution = z.strictObject({
  code: identifier(64),
  notes: freeText(20_000),
  restoredAt: instant().optional(),
  restoredReason: freeText(2_000).optional(),
});

function restorable({ record, input, now }: Given<typeof resolution>): Refused {
  const { restoredAt, restoredReason } = input;
  if (restoredAt === undefined) return undefined;
  if (restoredAt > now) return notInFuture(now, { restoredAt });
  if (restoredAt < (record.fields.startedAt ?? record.fields.detectedAt ?? record.openedAt)) {
    return wrong('restoredAt', 'lies before the incident began');
  }
  return restoredReason === undefined
    ? wrong('restoredReason', 'say why restoredAt is set back')
    : undefined;
}

export const resolve = command({
  does: 'Service is restored',
  input: resolution,
  event: 'resolved',
  refuse: restorable,
  set: ({ record, input, actor, policy, now }) => ({
    ...answer(record, actor, now),
    ...begun,
    ...noHold,
    resolutionCode: input.code,
    resolutionNotes: input.notes,
    resolvedAt: now,
    restoredAt: input.restoredAt ?? now,
    escalateAnyway: false,
    nextUpdateAt: null,
    reviewDueAt: reviewDueAt(policy, record.fields, now),
  }),
});

function reopenable({ record, policy, now }: Given<typeof withReason>): Refused {
  if (record.state !== 'closed') return undefined;
  const until = record.stateSince + policy.body.reopenWithin;
  return now <= until ? undefined : 'it was closed too long ago to be reopened: open a new one';
}

/** It goes back to whoever had it. */
export function reopened({ record }: IncidentSituation): IncidentState {
  return record.fields.assignee === null ? 'new' : 'assigned';
}

export const reopen = command({
  does: 'It is not restored after all',
  input: withReason,
  event: 'reopened',
  refuse: reopenable,
  set: ({ record: { fields }, policy, now }) => ({
    ...unanswered,
    resolutionCode: null,
    resolutionNotes: null,
    resolvedAt: null,
    restoredAt: null,
    closedAt: null,
    reviewDueAt: null,
    nextUpdateAt: nextUpdateAt(policy, fields, now),
    reopens: fields.reopens + 1,
  }),
});

export const close = command({
  does: 'Confirm that it is done; the system does so by itself after a while',
  input: nothing,
  event: 'closed',
  set: ({ now }) => ({ closedAt: now }),
});

export const cancel = command({
  does: 'Withdraw it: there was nothing to restore',
  input: withReason,
  event: 'cancelled',
  set: () => ({ ...noHold, nextUpdateAt: null }),
});
