import { z } from 'zod';

export const tag = 'schedules';
export const desk = 'Roles: agent, resolver, manager, admin.';
export const managers = 'Roles: manager, admin.';

/** A schedule, or a person, by its id. */
export const path = z.object({ id: z.string().meta({ example: 'desk' }) });

/** A moment in a query. */
export const moment = (description: string) => z.string().optional().meta({ description });
