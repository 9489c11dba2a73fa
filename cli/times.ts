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
