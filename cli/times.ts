import { exitCodes, Failure } from './failure.ts';

const UNITS = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1_000, 's'],
] as const;

/** Two units at most: `2 h 30 min`. @param ms ≥ 0 */
export function duration(ms: number): string {
  const parts: string[] = [];
  let rest = ms;
  for (const [size, name] of UNITS) {
    const amount = Math.floor(rest / size);
    rest -= amount * size;
    if (amount > 0 && parts.length < 2) parts.push(`${amount} ${name}`);
    else if (parts.length > 0) break;
  }
  return parts.join(' ') || '0 s';
}

/**
 * A moment as people type it, in the terminal's time zone unless it names one: `2026-03-29`, `2026-03-29 14:05`, `2026-03-29T12:05Z`.
 * @returns ISO 8601 in UTC
 * @throws Failure when it is none
 */
export function momentOf(text: string): string {
  const time = Date.parse(
    /^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00` : text.replace(' ', 'T'),
  );
  if (!Number.isNaN(time)) return new Date(time).toISOString();
  throw new Failure(
    `"${text}" is no date or time; write one such as "2026-03-29 14:05"`,
    exitCodes.usage,
  );
}

/** An instant in the terminal's time zone: `2026-03-29 14:05`. */
export function local(iso: string): string {
  const date = new Date(iso);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** How long until an instant, or since: `in 2 h`, `5 min late`. */
export function remaining(iso: string, now: number): string {
  const ms = Date.parse(iso) - now;
  return ms >= 0 ? `in ${duration(ms)}` : `${duration(-ms)} late`;
}
