import { readFileSync } from 'node:fs';

function cellsOf(line: string): string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
}

/**
 * A table of a page of docs/, without its head: what the page says can be held against what runs.
 * @param page such as `on-call.md`
 * @param head its cells, as far as they tell it from other tables
 * @returns the other cells of each row, by its first one
 */
export function docsTable(page: string, ...head: string[]): Map<string, string[]> {
  const lines = readFileSync(`docs/${page}`, 'utf8').split('\n');
  const at = lines.findIndex((line) => cellsOf(line).slice(0, head.length).join() === head.join());
  if (at === -1) throw new Error(`docs/${page} has no table with the head ${head.join(', ')}`);
  const rows = lines.slice(at + 2);
  const table = rows.slice(
    0,
    rows.findIndex((line) => !line.startsWith('|')),
  );
  return new Map(
    table.map((line) => {
      const [name = '', ...rest] = cellsOf(line);
      return [name, rest];
    }),
  );
}
