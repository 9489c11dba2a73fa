import { z } from 'zod';
import type { Actor } from '../../domain/actor.ts';
import { entry } from '../../domain/policy.ts';
import type { Policy, PolicyBody } from '../../domain/policy.ts';
import { freeText, identifier, instant } from '../../domain/text.ts';
import { command, names, nothing, wrong } from './command.ts';
import type { Refused } from './command.ts';
import type { IncidentFields } from './fields.ts';
import type { Given, IncidentSituation } from './record.ts';
import type { IncidentState } from './states.ts';

const waitsFor = z.strictObject({
  reason: identifier(64),
  comment: freeText(2_000).optional(),
  followUpAt: instant().optional(),
});

type Spoken = IncidentSituation & { readonly actor: Actor };

/** It waits for nothing. */
export const noHold = { holdReason: null, followUpAt: null } as const;

/** What the policy says of the reason for which a record is on hold. */
export function holdReasonOf(
  policy: Policy,
  { holdReason }: IncidentFields,
): PolicyBody['holdReasons'][string] | undefined {
  return entry(policy.body.holdReasons, holdReason);
}

export function pausesResolve({ record, policy }: IncidentSituation): boolean {
  return holdReasonOf(policy, record.fields)?.pausesResolve === true;
}

/** Whether who acts is the requester, for whose answer a hold waits. */
export function isAwaitedAnswer({ record, actor, policy }: Spoken): boolean {
  return (
    record.state === 'onHold' &&
    holdReasonOf(policy, record.fields)?.answerResumes === true &&
    actor.id === record.fields.requester
  );
}

/** The answer that a hold waits for ends it. */
export function answered(of: Spoken): IncidentState {
  return isAwaitedAnswer(of) ? 'inProgress' : of.record.state;
}

function holdable({ input, policy, now }: Given<typeof waitsFor>): Refused {
  const reason = entry(policy.body.holdReasons, input.reason);
  if (reason === undefined) {
    return wrong(
      'reason',
      `"${input.reason}" is no hold reason of the policy, which has: ${names(policy.body.holdReasons)}`,
    );
  }
  if (reason.needsComment && input.comment === undefined) {
    return wrong('comment', `a hold for "${input.reason}" needs one: say what is waited for`);
  }
  if (input.followUpAt !== undefined && input.followUpAt <= now) {
    return wrong('followUpAt', 'has passed already: give a moment in the future');
  }
  return undefined;
}

export const hold = command({
  does: 'Let it wait for something outside; the policy says for which reasons the resolve clock pauses',
  input: waitsFor,
  event: 'heldBack',
  refuse: holdable,
  set: ({ input, policy, now }) => {
    const after = entry(policy.body.holdReasons, input.reason)?.followUpAfter;
    const followUpAt = input.followUpAt ?? (after === undefined ? null : now + after);
    return { holdReason: input.reason, followUpAt };
  },
});

export const followUp = command({
  does: 'The time to look at a hold again has come',
  input: nothing,
  event: 'followUpDue',
  set: () => ({ followUpAt: null }),
});

export const resume = command({
  does: 'Go on after a hold',
  input: nothing,
  event: 'resumed',
  set: () => noHold,
});
