import type { StoredEvent } from '../db/events.ts';
import type { Clock } from '../domain/clock.ts';
import type { Process, Reason } from '../domain/process.ts';
import { formatDuration, toIso } from '../domain/time.ts';
import type { Instant, Milliseconds } from '../domain/time.ts';
import { ofPolicy } from './ofPolicy.ts';

const TEXT_ID = /^[0-9a-f]{64}$/;

/** Which event changed each clock at which instant; a correction counts from where it takes time out. */
export type ClockChanges = ReadonlyMap<string, ReadonlyMap<Instant, StoredEvent>>;

export function clockChanges(events: readonly StoredEvent[]): ClockChanges {
  const changes = new Map<string, Map<Instant, StoredEvent>>();
  for (const event of events) {
    for (const name of Object.keys(event.change.clocks ?? {})) {
      const own = changes.get(name) ?? new Map<Instant, StoredEvent>();
      const { clock, fromAt } = event.data;
      if (clock === name && typeof fromAt === 'number') own.set(fromAt, event);
      else if (!own.has(event.at)) own.set(event.at, event);
      changes.set(name, own);
    }
  }
  return changes;
}

function isCorrection(process: Process, event: StoredEvent | undefined): boolean {
  return Object.values(process.commands).some(
    (command) => command.event === event?.type && command.exclude !== undefined,
  );
}

/** The command that became an event of this type, with its reason when that is a name: `hold customer`. */
function causeOf(process: Process, event: StoredEvent | undefined): string {
  if (event === undefined) return 'a change';
  const named = Object.entries(process.commands).find(
    ([, command]) => command.event === event.type,
  );
  const cause = named?.[0] ?? event.type;
  const { reason } = event.data;
  return typeof reason !== 'string' || TEXT_ID.test(reason) ? cause : `${cause} ${reason}`;
}

/** How long a clock stood still before it ran again, by what made it stand. */
function pauses(
  process: Process,
  clock: Clock,
  changes: ReadonlyMap<Instant, StoredEvent> | undefined,
): string[] {
  const stood = new Map<
    string,
    { cause: string | undefined; total: Milliseconds; times: number }
  >();
  clock.segments.forEach(({ to }, index) => {
    const next = clock.segments[index + 1];
    if (to === null || next === undefined) return;
    const event = changes?.get(to);
    const cause = isCorrection(process, event) ? undefined : causeOf(process, event);
    const key = cause ?? '';
    const { total, times } = stood.get(key) ?? { total: 0, times: 0 };
    stood.set(key, { cause, total: total + next.from - to, times: times + 1 });
  });
  return [...stood.values()].map(({ cause, total, times }) => {
    const several = times > 1 ? ` (${times} times)` : '';
    return cause === undefined
      ? `${formatDuration(total)} taken out by correction${several}`
      : `paused ${formatDuration(total)} for ${cause}${several}`;
  });
}

/** `resolve due 2026-…: 4 h on calendar always (serviceLevels.standard.resolve.1 of policy ab12…), paused 2 h for hold customer`. */
export function deadlineSentence(
  process: Process,
  reason: Reason,
  event: StoredEvent,
  changes: ClockChanges,
): string {
  const clock = event.change.clocks?.[reason.of];
  const { within, calendar } = reason.facts as { within: Milliseconds; calendar: string };
  const target = `${formatDuration(within)} on calendar ${calendar} (${reason.rule} of ${ofPolicy(event)})`;
  const stood = clock === undefined ? [] : pauses(process, clock, changes.get(reason.of));
  const parts = [target, ...stood].join(', ');
  if (typeof reason.result !== 'number') {
    // A clock that runs always has a deadline, unless nothing says how long it may.
    if (reason.facts['status'] === 'running') return `${reason.of} has no target any more`;
    const { state } = event.change;
    if (state !== undefined && process.clocks[reason.of]?.runsIn.includes(state) === false) {
      return `${reason.of} stands still while the ${process.name} is ${state}: ${parts}`;
    }
    return `${reason.of} has no deadline while it is paused for ${causeOf(process, event)}: ${parts}`;
  }
  return `${reason.of} due ${toIso(reason.result)}: ${parts}`;
}
