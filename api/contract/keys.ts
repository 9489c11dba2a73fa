import { z } from 'zod';
import { personRoles } from '../../domain/actor.ts';

/** The shapes of keys and their holders. */

const instant = z.iso.datetime().meta({ description: 'An instant in UTC, ISO 8601.' });

const name = z.string().min(1).max(64);
const keyRole = z.enum(personRoles);

export const newKey = z
  .strictObject({
    person: name.optional().meta({ description: 'An active person of the policy.' }),
    integration: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, 'must be a short name of letters, digits and _.-')
      .optional()
      .meta({
        description: 'The name of a monitoring system: its key sends alerts, opens and resolves.',
      }),
    roles: z
      .array(keyRole)
      .min(1)
      .max(5)
      .optional()
      .meta({ description: 'Of a person; default: requester.' }),
    organisation: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, 'must be a short name of letters, digits and _.-')
      .optional()
      .meta({ description: 'Default: your own.' }),
  })
  .meta({ id: 'NewKey' });
export type NewKeyInput = z.infer<typeof newKey>;

export const keyView = z
  .object({
    id: z.string(),
    kind: z.enum(['person', 'integration']),
    holder: z.string(),
    roles: z.array(z.string()),
    organisation: z.string(),
    createdAt: instant,
    revokedAt: instant.nullable(),
  })
  .meta({ id: 'Key' });
export type KeyView = z.infer<typeof keyView>;

export const createdKey = keyView
  .extend({
    secret: z.string().nullable().meta({
      description: 'Shown this once. Null when the request was a repeat: the first answer had it.',
    }),
  })
  .meta({ id: 'CreatedKey' });
export type CreatedKey = z.infer<typeof createdKey>;
export const keyList = z.object({ items: z.array(keyView) });

export const meView = z
  .object({
    kind: z.enum(['person', 'integration', 'system']),
    id: z.string(),
    roles: z.array(z.string()),
    organisation: z.string(),
  })
  .meta({ id: 'Me' });
export type MeView = z.infer<typeof meView>;
