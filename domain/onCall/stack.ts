import type { Instant } from '../time.ts';
import { makeCalendarLayer } from './calendarLayer.ts';
import type { CalendarShift } from './calendarLayer.ts';
import type { Holder, Layer, LayerShift } from './layer.ts';
import { makeLayer } from './layer.ts';
import type { LayerDefinition, ScheduleDefinition } from './schedule.ts';
import { wallClock } from './wallClock.ts';
import type { WallClock } from './wallClock.ts';

/** A schedule that was made ready to be asked. Keep it as long as its version stands: it remembers what it has worked out of its zone. */
export interface Schedule {
  readonly name: string;
  readonly timeZone: string;
  readonly clock: WallClock;
  readonly layers: readonly Layer[];
  /** In order of time, apart from each other. */
  readonly temporary: readonly TemporarySchedule[];
}

interface TemporarySchedule {
  readonly from: Instant;
  readonly to: Instant;
  readonly layers: readonly Layer[];
}

/**
 * @param definition that `scheduleSchema` has accepted
 * @param calendar the shifts of the calendar that was imported: a layer above the others
 */
export function makeSchedule(
  definition: ScheduleDefinition,
  calendar: readonly CalendarShift[] = [],
): Schedule {
  const { name, timeZone } = definition;
  const clock = wallClock(timeZone);
  const made = (layers: readonly LayerDefinition[], temporary: string | null) =>
    layers.map((layer, index) => {
      const place = { kind: 'layer', temporary, index, name: layer.name } as const;
      return makeLayer(layer, place, timeZone, clock);
    });
  return {
    name,
    timeZone,
    clock,
    layers: [...made(definition.layers, null), makeCalendarLayer(calendar)],
    temporary: definition.temporary
      .map(({ name: title, from, to, layers }) => ({ from, to, layers: made(layers, title) }))
      .sort((a, b) => a.from - b.from),
  };
}

/** Whom the layers have at an instant, before overrides: the last that has somebody. */
export function heldAt(schedule: Schedule, at: Instant): readonly Holder[] {
  const stands = schedule.temporary.find(({ from, to }) => from <= at && at < to) ?? schedule;
  for (const layer of stands.layers.toReversed()) {
    const holders = layer.at(at);
    if (holders.length > 0) return holders;
  }
  return [];
}

/** What the upper layers leave free of [from, to) is for the lower ones. */
function* shiftsOfStack(
  layers: readonly Layer[],
  from: Instant,
  to: Instant,
): Generator<LayerShift> {
  const top = layers.at(-1);
  if (top === undefined || from >= to) return;
  const below = layers.slice(0, -1);
  let free = from;
  for (const shift of top.shifts(from, to)) {
    yield* shiftsOfStack(below, free, shift.from);
    yield shift;
    free = shift.to;
  }
  yield* shiftsOfStack(below, free, to);
}

/** Whom the layers have in [from, to), before overrides: in order and apart from each other. */
export function* heldIn(schedule: Schedule, from: Instant, to: Instant): Generator<LayerShift> {
  let free = from;
  for (const temporary of schedule.temporary) {
    if (temporary.to <= free || temporary.from >= to) continue;
    const begins = Math.max(temporary.from, free);
    const ends = Math.min(temporary.to, to);
    yield* shiftsOfStack(schedule.layers, free, begins);
    yield* shiftsOfStack(temporary.layers, begins, ends);
    free = ends;
  }
  yield* shiftsOfStack(schedule.layers, free, to);
}
