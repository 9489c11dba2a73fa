import { z } from 'zod';
import type { Policy } from '../../domain/policy.ts';
import type { Reason } from '../../domain/process.ts';
import { freeText } from '../../domain/text.ts';
import type { Instant } from '../../domain/time.ts';
import { activePerson, command, nothing, person, withReason } from './command.ts';
import type { IncidentFields } from './fields.ts';
import type { IncidentSituation } from './record.ts';
import { isOpen } from './states.ts';

/** Proposed by the policy for its priorities, unless people decided before. */
export function major({
  record: { fields, state },
  policy,
}: IncidentSituation): Omit<Reason, 'of'> {
  const proposes = policy.body.majorIncident.proposeAt.includes(fields.priority);
  return {
    rule: 'majorIncident.proposeAt',
    facts: { priority: fields.priority },
    result: fields.major === 'none' && proposes && isOpen(state) ? 'proposed' : fields.major,
  };
}

export function isProposed({ record }: IncidentSituation): boolean {
  return record.fields.major === 'proposed' && isOpen(record.state);
}

/** When the stakeholders are owed the next update on a major incident that was accepted. */
export function nextUpdateAt(
  policy: Policy,
  fields: Pick<IncidentFields, 'major'>,
  now: Instant,
): Instant | null {
  return fields.major === 'accepted' ? now + policy.body.majorIncident.updateEvery : null;
}

/** When the review of an accepted major incident that ends now is due. */
export function reviewDueAt(
  policy: Policy,
  fields: Pick<IncidentFields, 'major'>,
  now: Instant,
): Instant | null {
  return fields.major === 'accepted' ? now + policy.body.majorIncident.reviewWithin : null;
}

function isMajor({ major }: IncidentFields): boolean {
  return major === 'proposed' || major === 'accepted';
}

export const proposeMajor = command({
  does: 'Propose it as a major incident',
  input: withReason,
  event: 'majorProposed',
  refuse: ({ record: { fields } }) =>
    isMajor(fields) ? `it is ${fields.major} as a major incident already` : undefined,
  set: () => ({ major: 'proposed' }),
});

export const acceptMajor = command({
  does: 'Lead it as a major incident: a commander, and updates for the stakeholders',
  input: z.strictObject({ commander: person }),
  event: 'majorAccepted',
  refuse: ({ input, policy }) => activePerson(policy, 'commander', input.commander),
  set: ({ input: { commander }, policy, now }) => {
    const accepted = { major: 'accepted' } as const;
    return { ...accepted, commander, nextUpdateAt: nextUpdateAt(policy, accepted, now) };
  },
});

export const demoteMajor = command({
  does: 'It is no major incident after all',
  input: withReason,
  event: 'majorDemoted',
  refuse: ({ record: { fields } }) => (isMajor(fields) ? undefined : 'it is no major incident'),
  set: () => ({ major: 'demoted', commander: null, nextUpdateAt: null, reviewDueAt: null }),
});

export const inform = command({
  does: 'Tell stakeholders, requester and watchers how it stands',
  input: z.strictObject({ text: freeText(20_000) }),
  event: 'informed',
  set: ({ record: { fields }, policy, now }) => ({
    nextUpdateAt: nextUpdateAt(policy, fields, now),
  }),
});

export const remindUpdate = command({
  does: 'The stakeholders are owed an update',
  input: nothing,
  event: 'updateDue',
  set: ({ record: { fields }, policy, now }) => ({
    nextUpdateAt: nextUpdateAt(policy, fields, now),
  }),
});

export const review = command({
  does: 'Record what the review of a major incident found',
  input: z.strictObject({ notes: freeText(20_000) }),
  event: 'reviewed',
  refuse: ({ record }) =>
    record.fields.major === 'accepted' ? undefined : 'only an accepted major incident is reviewed',
  set: ({ input }) => ({ reviewDueAt: null, reviewNotes: input.notes }),
});

export const remindReview = command({
  does: 'The review of a major incident is due',
  input: nothing,
  event: 'reviewDue',
  set: () => ({ reviewDueAt: null }),
});
