import type { Instant } from '../time.ts';
import type { Layer, LayerShift } from './layer.ts';

/** A shift that an imported calendar tells: [from, to). */
export interface CalendarShift {
  readonly person: string;
  readonly from: Instant;
  readonly to: Instant;
  /** Of the event. */
  readonly uid: string;
}

/** Cut so that no two shifts of one person overlap: the one that began first goes on. @param shifts by their beginning */
function apart(shifts: readonly CalendarShift[]): CalendarShift[] {
  const busyUntil = new Map<string, Instant>();
  return shifts.flatMap((shift) => {
    const from = Math.max(shift.from, busyUntil.get(shift.person) ?? shift.from);
    if (from >= shift.to) return [];
    busyUntil.set(shift.person, shift.to);
    return [{ ...shift, from }];
  });
}

/** Where the same people are on call: in order, apart from each other. */
function stretchesOf(shifts: readonly CalendarShift[]): LayerShift[] {
  const cut = apart(shifts.toSorted((a, b) => a.from - b.from || a.to - b.to));
  const coming = cut.toSorted((a, b) => a.from - b.from).values();
  let next = coming.next();
  let running: CalendarShift[] = [];
  const edges = [...new Set(cut.flatMap(({ from, to }) => [from, to]))].sort((a, b) => a - b);
  return edges.slice(1).flatMap((to, index) => {
    const from = edges[index] ?? to;
    running = running.filter((shift) => shift.to > from);
    for (; next.done !== true && next.value.from <= from; next = coming.next()) {
      running.push(next.value);
    }
    if (running.length === 0) return [];
    const holders = running.map(({ person, uid }) => ({
      person,
      source: { kind: 'calendar', uid } as const,
    }));
    return [{ from, to, holders }];
  });
}

/** The layer of an imported calendar. Its events may overlap: then several people are on call. */
export function makeCalendarLayer(shifts: readonly CalendarShift[]): Layer {
  const stretches = stretchesOf(shifts);

  /** The index of the first stretch that ends after an instant. */
  function firstAfter(at: Instant): number {
    let low = 0;
    let high = stretches.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((stretches[middle]?.to ?? Infinity) > at) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  return {
    at(at) {
      const stretch = stretches[firstAfter(at)];
      return stretch !== undefined && stretch.from <= at ? stretch.holders : [];
    },
    shifts(from, to) {
      if (from >= to) return [];
      const end = firstAfter(to);
      return stretches
        .slice(firstAfter(from), end + 1)
        .filter((stretch) => stretch.from < to)
        .map((stretch) => ({
          ...stretch,
          from: Math.max(stretch.from, from),
          to: Math.min(stretch.to, to),
        }));
    },
  };
}
