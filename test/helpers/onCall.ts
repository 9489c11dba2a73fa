import { overrideSchema } from '../../domain/onCall/override.ts';
import type { Override } from '../../domain/onCall/override.ts';
import { scheduleSchema } from '../../domain/onCall/schedule.ts';
import type { ScheduleInput } from '../../domain/onCall/schedule.ts';
import { makeSchedule } from '../../domain/onCall/stack.ts';
import type { Schedule } from '../../domain/onCall/stack.ts';
import { fromIso, toIso } from '../../domain/time.ts';
import type { Instant } from '../../domain/time.ts';

/** `02T12:00`: a moment of June 2026, which begins on a Monday. */
export const june = (text: string): Instant => fromIso(`2026-06-${text}Z`);
export const inJune = (at: Instant): string => toIso(at).slice(8, 16);

/** Ann and Bob take turns from noon to noon (UTC), Ann first on 1 June 2026. */
export const noonToNoon = {
  name: 'noon to noon',
  rotation: { kind: 'daily', handOver: '12:00' },
  start: '2026-06-01',
  people: ['ann', 'bob'],
} satisfies ScheduleInput['layers'][number];

/** Cem on working days from 8 to 16 (UTC). */
export const office = {
  ...noonToNoon,
  name: 'office',
  people: ['cem'],
  restrictions: {
    monday: ['08:00-16:00'],
    tuesday: ['08:00-16:00'],
    wednesday: ['08:00-16:00'],
    thursday: ['08:00-16:00'],
    friday: ['08:00-16:00'],
  },
} satisfies ScheduleInput['layers'][number];

export function scheduleOf(
  layers: ScheduleInput['layers'],
  more: Partial<ScheduleInput> = {},
): Schedule {
  const input: ScheduleInput = { name: 'desk', timeZone: 'UTC', layers, ...more };
  return makeSchedule(scheduleSchema.parse(input));
}

/** An override from one moment of June to another. */
export function override(
  id: string,
  body: { kind: 'add' | 'remove' | 'replace'; person: string; insteadOf?: string },
  from: string,
  to: string,
): Override {
  const stretch = { from: toIso(june(from)), to: toIso(june(to)) };
  return { ...overrideSchema.parse({ ...body, ...stretch }), id };
}
