/** An instant: UTC, milliseconds since 1970-01-01T00:00:00Z, a whole number. ISO 8601 outside (DESIGN §5). */
export type Instant = number;

/** A length of time in milliseconds, a whole number ≥ 0. */
export type Milliseconds = number;

export const SECOND: Milliseconds = 1_000;
export const MINUTE: Milliseconds = 60 * SECOND;
export const HOUR: Milliseconds = 60 * MINUTE;
export const DAY: Milliseconds = 24 * HOUR;

/** ISO 8601 in UTC with milliseconds: `2026-03-29T01:00:00.000Z`. */
export function toIso(instant: Instant): string {
  return new Date(instant).toISOString();
}

/** To the second, as people read it: `2026-03-29T01:00:00Z`. */
export function toIsoSeconds(instant: Instant): string {
  return `${toIso(instant).slice(0, 19)}Z`;
}

/** The opposite of `toIso`, for test tables and stored rows. Throws a `RangeError` for text that is no date. */
export function fromIso(text: string): Instant {
  const instant = Date.parse(text);
  if (Number.isNaN(instant)) throw new RangeError(`"${text}" is not an ISO 8601 date-time`);
  return instant;
}

const UNITS: Readonly<Record<string, Milliseconds>> = { s: SECOND, m: MINUTE, h: HOUR, d: DAY };

/** Parses a policy's duration: `30s`, `15m`, `4h`, `5d`, or a sum such as `1h30m` (a day is 24 hours). Undefined when it is none. */
export function parseDuration(text: string): Milliseconds | undefined {
  if (!/^(\d{1,6}[smhd])+$/.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+)([smhd])/g)) {
    total += Number(amount) * (UNITS[unit ?? ''] ?? 0);
  }
  return total;
}

/** Two units at most, as people read them: `2 h 30 min`, `5 d`, `45 s`. */
export function formatDuration(ms: Milliseconds): string {
  const parts: string[] = [];
  let rest = Math.round(ms / SECOND) * SECOND;
  for (const [size, name] of [
    [DAY, 'd'],
    [HOUR, 'h'],
    [MINUTE, 'min'],
    [SECOND, 's'],
  ] as const) {
    const amount = Math.floor(rest / size);
    if (amount > 0 && parts.length < 2) parts.push(`${amount} ${name}`);
    rest -= amount * size;
  }
  return parts.length > 0 ? parts.join(' ') : '0 s';
}
