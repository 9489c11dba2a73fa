import { z } from 'zod';
import { channelKind as kind } from '../../domain/channelKinds.ts';

/** The shapes of people, of how they are reached, and of how they want to be. */

const instant = z.iso.datetime();
const person = z.string().meta({ description: "A key of the policy's people.", example: 'ann' });

export const personView = z
  .object({
    id: person,
    name: z.string(),
    teams: z.array(z.string()),
    active: z.boolean(),
    reachable: z.boolean().meta({ description: 'Whether a page can reach them now.' }),
    why: z.string().nullable().meta({ description: 'Why not, and what to do.' }),
  })
  .meta({ id: 'Person' });
export type PersonView = z.infer<typeof personView>;
export const personList = z.object({ items: z.array(personView) });
export type PersonList = z.infer<typeof personList>;

export const newContactMethod = z
  .strictObject({
    kind,
    address: z.string().min(1).max(2_000).meta({
      description:
        "By its kind: a mail address, a number such as +491701234567, a Slack member's id, an ntfy topic, a webhook's address.",
    }),
    label: z
      .string()
      .trim()
      .min(1, 'must not be empty')
      .max(60, 'must have at most 60 characters')
      .regex(/^[^\p{Cc}\p{Bidi_Control}]*$/u, 'must be one line')
      .meta({ description: 'What its person calls it: `work phone`.' }),
  })
  .meta({ id: 'NewContactMethod' });

export const contactMethodView = z
  .object({
    id: z.string(),
    kind: z.string(),
    label: z.string(),
    address: z.string().nullable().meta({ description: 'Null for all but the person and admins.' }),
    source: z.enum(['person', 'policy']).meta({
      description: 'One of the policy is changed there alone, and counts as verified.',
    }),
    verified: z.boolean(),
    verifiedAt: instant.nullable(),
    disabledAt: instant.nullable(),
    disabledWhy: z.string().nullable().meta({ description: 'Why no page goes there.' }),
    notSetUp: z.string().nullable().meta({
      description:
        'What to set so that messages can be sent by its kind of channel; null when that is set up.',
    }),
  })
  .meta({ id: 'ContactMethod' });
export type ContactMethodView = z.infer<typeof contactMethodView>;
export const contactMethodList = z.object({
  person,
  items: z.array(contactMethodView),
});
export type ContactMethodList = z.infer<typeof contactMethodList>;

export const sendingView = z
  .object({
    method: z.string(),
    accepted: z
      .boolean()
      .nullable()
      .meta({ description: 'Null when it is not known: of a repeat whose answer was lost.' }),
    detail: z.string().meta({ description: 'What the receiver said.' }),
    expiresAt: instant.nullable().meta({ description: 'Of a code.' }),
  })
  .meta({ id: 'ContactSending' });
export type SendingView = z.infer<typeof sendingView>;

export const addedContactMethod = contactMethodView
  .extend({ code: sendingView.nullable().meta({ description: 'The code that was sent to it.' }) })
  .meta({ id: 'AddedContactMethod' });
export type AddedContactMethod = z.infer<typeof addedContactMethod>;

export const contactCode = z
  .strictObject({
    code: z
      .string()
      .regex(/^\s*\d{3}\s?\d{3}\s*$/, 'must be the six digits that were sent')
      .transform((text) => text.replace(/\s/g, '')),
  })
  .meta({ id: 'ContactCode' });

/** As a person writes them; domain/notification/rules.ts says what they may be. */
export const notificationRulesInput = z
  .strictObject({
    interrupting: z
      .array(z.object({ method: z.string(), after: z.string().optional() }))
      .optional()
      .meta({
        description: 'For what is worth waking somebody: methods in order, `after` a time.',
      }),
    deferrable: z
      .array(z.object({ method: z.string(), after: z.string().optional() }))
      .optional()
      .meta({ description: 'For what can wait.' }),
    quietHours: z
      .object({ timeZone: z.string(), from: z.string(), to: z.string() })
      .optional()
      .meta({ description: 'When nothing deferrable is sent: `from` 22:00 `to` 07:00.' }),
  })
  .meta({
    id: 'NotificationRules',
    description: 'What is left out falls to the default: all verified methods at once.',
  });

export const notificationRulesView = z
  .object({
    person,
    version: z
      .number()
      .int()
      .meta({ description: 'Also its ETag; 0 while the person wrote none.' }),
    rules: notificationRulesInput,
    updatedAt: instant.nullable(),
    warnings: z
      .array(z.object({ pointer: z.string(), detail: z.string() }))
      .meta({ description: 'What of them has no effect as the methods are now.' }),
  })
  .meta({ id: 'PersonalRules' });
export type NotificationRulesView = z.infer<typeof notificationRulesView>;

const onCallWarning = z
  .object({
    schedule: z.string(),
    scheduleName: z.string(),
    person: person.nullable().meta({ description: 'Whose shift; null: nobody is on call.' }),
    name: z.string().nullable(),
    why: z.string().meta({ description: 'Why no page reaches them, and what to do.' }),
    from: instant.meta({ description: 'When it begins; now when it has begun.' }),
    to: instant,
    told: z
      .array(
        z.object({
          person: person.nullable(),
          namedChannel: z.string().nullable(),
          channel: z.string(),
          state: z.enum(['pending', 'done', 'cancelled', 'dead']),
          detail: z.string().nullable().meta({ description: 'What the receiver said.' }),
          finishedAt: instant.nullable(),
        }),
      )
      .meta({ description: 'Who was warned of it.' }),
  })
  .meta({ id: 'OnCallWarning' });
export const onCallWarningList = z.object({ items: z.array(onCallWarning) });
export type OnCallWarningList = z.infer<typeof onCallWarningList>;
