/** One cell of RFC 4180. Text that a spreadsheet would take for a formula gets an apostrophe, which makes it text. */
export function csvCell(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Figures as one line: `respond.noted.kept` is a column's name. */
function flat(value: object, path = ''): [string, number | null][] {
  return Object.entries(value).flatMap(([name, part]: [string, unknown]) =>
    typeof part === 'object' && part !== null
      ? flat(part, `${path}${name}.`)
      : [[path + name, part as number | null]],
  );
}

/**
 * Figures as CSV with a header line: a line each, with its name first.
 * @param of what the names are of: the first column's head
 * @param none the figures of something with nothing in it: their places are the other columns' heads
 */
export function figuresCsv<Figures extends object>(
  of: string,
  none: Figures,
  lines: readonly (readonly [name: string, figures: Figures])[],
): string {
  const head = flat(none).map(([name]) => name);
  const rows = lines.map(([name, figures]) => {
    const cells = new Map(flat(figures));
    return [name, ...head.map((column) => cells.get(column) ?? null)];
  });
  return [[of, ...head], ...rows].map((row) => `${row.map(csvCell).join(',')}\r\n`).join('');
}
