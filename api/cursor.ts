import { z } from 'zod';
import type { SortColumn } from '../db/records.ts';
import { parseRecordNumber } from '../domain/ids.ts';
import type { RecordState } from '../domain/process.ts';
import { toIso } from '../domain/time.ts';

/** How a list is sorted, as the caller writes it: `openedAt`, `-priority`. */
export interface Sort {
  readonly column: SortColumn;
  readonly descending: boolean;
}

export interface Position {
  readonly value: string | number;
  readonly number: string;
}

export function sortText({ column, descending }: Sort): string {
  return descending ? `-${column}` : column;
}

const cursorShape = z.strictObject({
  sort: z.string(),
  value: z.union([z.string(), z.number().int().min(0).max(99)]),
  number: z.string().refine((text) => parseRecordNumber(text) !== undefined),
});

/** An instant exactly as we write it: any other text could be a date that PostgreSQL refuses. */
function isInstant(text: string): boolean {
  const at = Date.parse(text);
  return at >= 0 && toIso(at) === text;
}

/** The place after a record in a list, opaque to callers. */
export function encodeCursor(sort: Sort, record: RecordState): string {
  const values = {
    openedAt: () => toIso(record.openedAt),
    updatedAt: () => toIso(record.lastAt),
    priority: () => record.fields['priority'],
  } satisfies Record<SortColumn, () => unknown>;
  const cursor = { sort: sortText(sort), value: values[sort.column](), number: record.number };
  return Buffer.from(JSON.stringify(cursor)).toString('base64url');
}

/** Undefined when the text is none of our cursors, or one of another sort. */
export function decodeCursor(text: string, sort: Sort): Position | undefined {
  if (!/^[A-Za-z0-9_-]{1,300}$/.test(text)) return undefined;
  let data: unknown;
  try {
    data = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
  const parsed = cursorShape.safeParse(data);
  if (!parsed.success || parsed.data.sort !== sortText(sort)) return undefined;
  const { value, number } = parsed.data;
  const fits =
    typeof value === 'number'
      ? sort.column === 'priority'
      : sort.column !== 'priority' && isInstant(value);
  return fits ? { value, number } : undefined;
}
