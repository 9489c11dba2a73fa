import { z } from 'zod';

const instant = z.iso.datetime();

/** A delivery that was taken although it could not be read or mapped. */
export const keptView = z
  .object({
    id: z.string(),
    kind: z.enum(['unreadable', 'unmapped']),
    integration: z.string(),
    organisation: z.string(),
    reason: z.string(),
    contentType: z.string().nullable(),
    size: z.number().int().meta({ description: 'Of all that came, in bytes.' }),
    truncated: z.boolean().meta({ description: 'True: only its beginning is kept.' }),
    times: z.number().int().meta({ description: 'How often the same bytes came.' }),
    firstAt: instant,
    lastAt: instant,
    number: z.string().nullable().meta({ description: 'The incident that tells of it.' }),
  })
  .meta({ id: 'KeptDelivery' });
export type KeptView = z.infer<typeof keptView>;

export interface KeptPage {
  readonly items: readonly KeptView[];
  readonly nextCursor: string | null;
}
