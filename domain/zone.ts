import { Temporal } from 'temporal-polyfill';
import type { Instant } from './time.ts';

/** A stretch [start, end) of time in which a zone keeps one offset: local time = UTC + offset. */
export interface OffsetSpan {
  readonly start: Instant;
  readonly end: Instant;
  /** Milliseconds; negative west of Greenwich. */
  readonly offset: number;
}

/** True for an IANA name (`Europe/Berlin`, `UTC`); false for a bare offset such as `+02:00`, which has no daylight saving. */
export function isTimeZone(name: string): boolean {
  if (!/^[a-z]/i.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) instanceof Intl.DateTimeFormat;
  } catch {
    return false;
  }
}

/**
 * Cuts [from, to) where the zone's offset changes. The reader remembers the span it read last: a
 * lookup costs tens of microseconds, and a walk through a calendar needs a new one twice a year.
 */
export function offsetReader(
  timeZone: string,
): (from: Instant, to: Instant) => readonly OffsetSpan[] {
  let latest: OffsetSpan = { start: 0, end: 0, offset: 0 };

  function spanFrom(at: Instant): OffsetSpan {
    const local = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone);
    const end = local.getTimeZoneTransition('next')?.epochMilliseconds ?? Infinity;
    return { start: at, end, offset: local.offsetNanoseconds / 1e6 };
  }

  return (from, to) => {
    const spans: OffsetSpan[] = [];
    for (let at = from; at < to; at = latest.end) {
      if (at < latest.start || at >= latest.end) latest = spanFrom(at);
      spans.push({ start: at, end: Math.min(latest.end, to), offset: latest.offset });
    }
    return spans;
  };
}
