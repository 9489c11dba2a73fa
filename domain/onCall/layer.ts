import { makeCalendar } from '../calendar.ts';
import type { Instant } from '../time.ts';
import { makeRotation, wallTime } from './rotation.ts';
import type { LayerDefinition } from './schedule.ts';
import type { WallClock } from './wallClock.ts';

/** Why a layer has somebody on call: which layer (from 0, within the temporary schedule if one is named) and which of its turns (from 0). */
export interface LayerSource {
  readonly kind: 'layer';
  readonly temporary: string | null;
  readonly index: number;
  readonly name: string;
  readonly turn: number;
}

/** Why an imported calendar has somebody on call: the event, by its UID. */
export interface CalendarSource {
  readonly kind: 'calendar';
  readonly uid: string;
}

/** Somebody whom a layer has, and why. */
export interface Holder {
  readonly person: string;
  readonly source: LayerSource | CalendarSource;
}

/** [from, to), in which a layer has somebody: one person, or several when a calendar says so. */
export interface LayerShift {
  readonly from: Instant;
  readonly to: Instant;
  readonly holders: readonly Holder[];
}

/** Whom one layer has, whatever the others say. */
export interface Layer {
  /** Each person once; empty when it has nobody. */
  at(at: Instant): readonly Holder[];
  /** In order and apart from each other, cut to [from, to). */
  shifts(from: Instant, to: Instant): readonly LayerShift[];
}

function personOf({ people, assignment }: LayerDefinition, turn: number): string | null {
  const place = assignment === 'roundRobin' ? turn % people.length : turn;
  return people[place] ?? null;
}

/** The hours of its restrictions, which are those of a calendar: see `Calendar`. */
function hoursOf({ restrictions: week }: LayerDefinition, timeZone: string) {
  return makeCalendar(
    'restrictions',
    week === undefined ? { always: true } : { timeZone, week, holidays: [] },
  );
}

/** @param place where the layer stands: its source without the turn */
export function makeLayer(
  definition: LayerDefinition,
  place: Omit<LayerSource, 'turn'>,
  timeZone: string,
  clock: WallClock,
): Layer {
  const { start, until } = definition;
  const { handOver } = definition.rotation;
  const rotation = makeRotation(definition.rotation, start, clock);
  const hours = hoursOf(definition, timeZone);
  const begins = clock.when(wallTime(start, handOver));
  const ends = until === undefined ? Infinity : clock.when(wallTime(until, handOver));

  const holders = (turn: number): readonly Holder[] => {
    const person = personOf(definition, turn);
    return person === null ? [] : [{ person, source: { ...place, turn } }];
  };

  return {
    at(at) {
      if (at < begins || at >= ends || !hours.isOpen(at)) return [];
      return holders(rotation.turnAt(at));
    },
    shifts(from, to) {
      return rotation.turns(Math.max(from, begins), Math.min(to, ends)).flatMap((turn) => {
        const held = holders(turn.number);
        if (held.length === 0) return [];
        return hours
          .openings(turn.from, turn.to)
          .map(({ start: opens, end: closes }) => ({ from: opens, to: closes, holders: held }));
      });
    },
  };
}
