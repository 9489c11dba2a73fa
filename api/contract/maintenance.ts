import { z } from 'zod';
import { windowSchema } from '../../domain/maintenance/window.ts';

const instant = z.iso.datetime().meta({ description: 'An instant in UTC, ISO 8601.' });

/** A maintenance window as people write it. */
export const newWindow = windowSchema.meta({
  id: 'NewMaintenanceWindow',
  description:
    'While it stands, pages about what it covers are held back. Once (`from`, `to`), or weekly on some days at the same time of the wall clock.',
});

/** As it was written; described by `newWindow`. */
const definition = z.record(z.string(), z.unknown());

const occurrence = z.object({ from: instant, to: instant }).meta({ id: 'Occurrence' });

export const windowView = z
  .object({
    id: z.string().meta({ example: 'mtw_3c1f0e5a9b7d2c4e6f8a0b1c' }),
    version: z.number().int().meta({ description: 'Counts changes; also its ETag.' }),
    definition,
    state: z.enum(['active', 'upcoming', 'past']),
    current: occurrence.nullable().meta({ description: 'The occurrence that stands now.' }),
    next: occurrence.nullable().meta({ description: 'The next one.' }),
    createdAt: instant,
    createdBy: z.string(),
    updatedAt: instant,
    updatedBy: z.string(),
  })
  .meta({ id: 'MaintenanceWindow' });
export type WindowView = z.infer<typeof windowView>;

export const endOfWindow = z
  .strictObject({
    at: z.iso
      .datetime({ offset: true, error: 'must be a date and time such as 2026-11-23T09:00:00Z' })
      .optional()
      .meta({ description: 'Default: now. Later than it was to end: it is extended.' }),
  })
  .meta({ id: 'EndOfMaintenanceWindow' });

export const deletedWindow = z.object({ id: z.string() }).meta({ id: 'DeletedMaintenanceWindow' });
