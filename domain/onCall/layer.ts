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

/** [from, to), in which a layer has a person. */
export interface LayerShift {
  readonly from: Instant;
  readonly to: Instant;
  readonly person: string;
  readonly source: LayerSource;
}

/** Whom one layer has, whatever the others say. */
export interface Layer {
  at(at: Instant): Pick<LayerShift, 'person' | 'source'> | undefined;
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

  const held = (turn: number) => {
    const person = personOf(definition, turn);
    return person === null ? undefined : { person, source: { ...place, turn } };
  };

  return {
    at(at) {
      if (at < begins || at >= ends || !hours.isOpen(at)) return undefined;
      return held(rotation.turnAt(at));
    },
    shifts(from, to) {
      return rotation.turns(Math.max(from, begins), Math.min(to, ends)).flatMap((turn) => {
        const holder = held(turn.number);
        if (holder === undefined) return [];
        return hours
          .openings(turn.from, turn.to)
          .map(({ start: opens, end: closes }) => ({ ...holder, from: opens, to: closes }));
      });
    },
  };
}
