import { z } from 'zod';
import { entry } from '../../domain/policy.ts';
import { oneRedaction, redaction } from '../../domain/redaction.ts';
import { freeText, identifier, instant } from '../../domain/text.ts';
import { command, knownService, names, notInFuture, wrong } from './command.ts';
import type { Refused } from './command.ts';
import { openInput } from './opening.ts';
import type { Given } from './record.ts';

const details = openInput
  .pick({
    service: true,
    ci: true,
    category: true,
    channel: true,
    externalReference: true,
    detectedAt: true,
    startedAt: true,
  })
  .partial();

/** Details that are put right must fit together. */
function amendable({ record, input, policy, now }: Given<typeof details>): Refused {
  if (Object.values(input).every((value) => value === undefined)) {
    return { pointer: '', detail: `name what is to be put right: ${names(details.shape)}` };
  }
  const { detectedAt, startedAt } = input;
  const { restoredAt } = record.fields;
  const late = Object.entries({ detectedAt, startedAt }).find(
    ([, at]) => at !== undefined && restoredAt !== null && at > restoredAt,
  );
  return (
    knownService(policy, input.service) ??
    notInFuture(now, { detectedAt, startedAt }) ??
    (late && wrong(late[0], 'lies after the service was restored'))
  );
}

export const amend = command({
  does: 'Put details right',
  input: details,
  event: 'amended',
  refuse: amendable,
  set: ({ input }) =>
    Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined)),
});

export const logWork = command({
  does: 'Note time that was worked, in minutes',
  input: z.strictObject({
    minutes: z.number().int().min(1).max(1_440),
    note: freeText(2_000).optional(),
  }),
  event: 'workLogged',
  set: ({ record, input }) => ({ minutesWorked: record.fields.minutesWorked + input.minutes }),
});

const period = z.strictObject({
  clock: z.enum(['respond', 'resolve']),
  fromAt: instant(),
  toAt: instant(),
  reason: freeText(2_000),
});

/** A correction takes out time that was counted, of a clock that the record has. */
function correctable({ record, input, policy, now }: Given<typeof period>): Refused {
  const clock = record.clocks[input.clock];
  if (clock === undefined) return wrong('clock', 'the record has no such clock');
  if (entry(policy.body.calendars, clock.target.calendar) === undefined) {
    return wrong('clock', `its calendar "${clock.target.calendar}" is no longer in the policy`);
  }
  if (input.fromAt >= input.toAt) return wrong('fromAt', 'must lie before toAt');
  const counted = clock.segments.some(
    ({ from, to }) => from < input.toAt && input.fromAt < (to ?? Infinity),
  );
  return (
    notInFuture(now, { toAt: input.toAt }) ??
    (counted ? undefined : wrong('fromAt', 'the clock did not run in that time'))
  );
}

export const correct = command({
  does: 'Take time out of a clock that should not have counted; a breach that was noted stays noted',
  input: period,
  event: 'clockCorrected',
  refuse: correctable,
  exclude: ({ input }) => ({ clock: input.clock, from: input.fromAt, to: input.toAt }),
});

export const redact = command({
  does: 'Erase texts for good: of one event (seq), of one field, or all; the audit chain stays valid',
  input: redaction,
  erases: true,
  event: 'redacted',
  refuse: ({ input }) => oneRedaction(input),
});

export const sendAgain = command({
  does: 'Send a message again that was given up',
  input: z.strictObject({ effect: identifier(64) }),
  resource: 'dead-letters',
  event: 'effectRetried',
});

export const dismissDeadLetter = command({
  does: 'Say that a message that was given up needs no more attention',
  input: z.strictObject({ effect: identifier(64), reason: freeText(2_000) }),
  resource: 'dead-letters',
  event: 'deadLetterDismissed',
});
