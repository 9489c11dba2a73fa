import { z } from 'zod';

/** The shapes of policies: what is in force, what came before, what another one would change. */

const instant = z.iso.datetime().meta({ description: 'An instant in UTC, ISO 8601.' });
const hash = z.string().meta({ example: '3f786850e387550fdab836ed7e6dc881' });
const count = z.number().int();

export const policyBody = z
  .record(z.string(), z.unknown())
  .meta({ description: 'The policy as data; policies/default.yaml is a commented example.' });

const contacts = z.enum(['shown', 'hidden']).meta({
  description:
    'Hidden: "[hidden]" stands in the place of each address of people. Only admins see them.',
});

export const policyView = z.object({ hash, body: policyBody, contacts }).meta({ id: 'Policy' });
export type PolicyView = z.infer<typeof policyView>;

const place = z
  .object({
    pointer: z.string().meta({ description: 'A JSON Pointer (RFC 6901) into the policy.' }),
    kind: z.enum(['added', 'removed', 'changed']),
    from: z.unknown().optional(),
    to: z.unknown().optional(),
  })
  .meta({ id: 'PolicyChange' });

const recordImpact = z
  .object({
    number: z.string(),
    process: z.string(),
    state: z.object({ from: z.string(), to: z.string() }).nullable(),
    fields: z.array(z.object({ field: z.string(), from: z.unknown(), to: z.unknown() })),
    deadlines: z.array(
      z.object({
        clock: z.string(),
        rule: z.string().meta({ description: 'The place in the policy that sets the target.' }),
        from: instant.nullable(),
        to: instant.nullable(),
      }),
    ),
    breaches: z.array(z.string()).meta({ description: 'Clocks that would be missed at once.' }),
    starts: z.array(z.string()).meta({ description: 'What would begin, such as the escalation.' }),
    ends: z.array(z.string()),
    notifications: count.meta({ description: 'Messages that would be sent at once.' }),
  })
  .meta({ id: 'RecordImpact' });

export const policyPreview = z
  .object({
    hash,
    inForce: hash.nullable().meta({ description: 'For If-Match when it is applied.' }),
    changed: z.boolean().meta({ description: 'False when it is in force already.' }),
    warnings: z.array(z.object({ pointer: z.string(), detail: z.string() })).meta({
      description:
        'What is no fault and may be meant so, such as a schedule that is not there yet.',
    }),
    changes: z.object({
      policy: z.object({
        total: count,
        items: z.array(place).meta({ description: 'The first 200.' }),
      }),
      records: z.object({
        open: count.meta({ description: 'How many records are open.' }),
        examined: count.meta({ description: 'How many of them were looked at.' }),
        complete: z
          .boolean()
          .meta({ description: 'False when the time was up before all were looked at.' }),
        changed: count.meta({ description: 'Of those looked at; as are all counts below.' }),
        stateChanges: count,
        breaches: count,
        escalationsStarted: count,
        escalationsEnded: count,
        notifications: count,
        undecided: count.meta({
          description: 'Records that the new policy cannot decide: they would stall.',
        }),
        fields: z.array(
          z.object({ field: z.string(), from: z.unknown(), to: z.unknown(), records: count }),
        ),
        deadlines: z.array(
          z.object({
            clock: z.string(),
            rule: z.string(),
            earlier: count,
            later: count,
            added: count,
            removed: count,
          }),
        ),
        items: z.array(recordImpact).meta({ description: 'The first 100, P1 first.' }),
        undecidedItems: z.array(z.object({ number: z.string(), reason: z.string() })),
      }),
    }),
  })
  .meta({ id: 'PolicyPreview' });
export type PolicyPreviewView = z.infer<typeof policyPreview>;

export const appliedPolicy = z
  .object({ hash, changed: z.boolean().meta({ description: 'False when it was in force.' }) })
  .meta({ id: 'AppliedPolicy' });
export type AppliedPolicyView = z.infer<typeof appliedPolicy>;

export const policyActivation = z
  .object({
    hash,
    activatedAt: instant,
    activatedBy: z.string(),
    inForce: z.boolean(),
  })
  .meta({ id: 'PolicyActivation' });
export type PolicyActivationView = z.infer<typeof policyActivation>;

export const storedPolicy = z
  .object({
    hash,
    body: policyBody,
    contacts,
    storedAt: instant,
    storedBy: z.string(),
    inForce: z.boolean(),
    records: z
      .object({ open: count, decidedByIt: count, decidedByOthers: count })
      .meta({ description: 'How far the open records have been computed anew by it.' }),
  })
  .meta({ id: 'StoredPolicy' });
export type StoredPolicyView = z.infer<typeof storedPolicy>;
