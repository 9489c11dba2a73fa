import type { Request } from 'express';
import { z } from 'zod';
import { sortColumns } from '../db/records.ts';
import type { FilterColumn, SortColumn, TextSearch } from '../db/records.ts';
import type { Process } from '../domain/process.ts';
import { identifier, instant, isWellFormed, mendText } from '../domain/text.ts';
import type { Instant } from '../domain/time.ts';
import { decodeCursor } from './cursor.ts';
import type { Position, Sort } from './cursor.ts';
import { searchParams } from './links.ts';
import { problem, RequestProblem } from './problem.ts';

const MAX_VALUES = 50;

const moment = z.union([z.iso.date().transform((date) => Date.parse(date)), instant()]);
/** Before 1970 there is nothing, and PostgreSQL knows no year 0; behind 2200 no schedule goes. */
const LAST_MOMENT = Date.UTC(2200, 0);

function malformed(parameter: string, detail: string): RequestProblem {
  const shown = mendText(parameter.slice(0, 100));
  return new RequestProblem(
    problem('badRequest', `${shown}: ${detail}`, { errors: [{ parameter: shown, detail }] }),
  );
}

/** Query parameters by name, checked: only known names, and no broken characters. */
export class Query {
  readonly #values = new Map<string, string[]>();

  /** @param known names; any other is refused, for a filter that is misspelt must not list everything */
  constructor(req: Request, known: readonly string[]) {
    for (const [name, value] of searchParams(req)) {
      if (!known.includes(name)) {
        throw malformed(name, `is not a known parameter; known are ${known.join(', ')}`);
      }
      // The URL parser has replaced bytes that are no UTF-8.
      if (!isWellFormed(value) || value.includes('\uFFFD')) {
        throw malformed(name, 'must not hold NUL or broken characters');
      }
      this.#values.set(name, [...(this.#values.get(name) ?? []), value]);
    }
  }

  /** A parameter that may stand once only. */
  one(name: string): string | undefined {
    const values = this.#values.get(name) ?? [];
    if (values.length > 1) throw malformed(name, 'stands more than once');
    return values[0];
  }

  /** A parameter's values: repeated, or with commas between. */
  many(name: string): string[] | undefined {
    const values = this.#values.get(name)?.flatMap((value) => value.split(','));
    if (values !== undefined && values.length > MAX_VALUES) {
      throw malformed(name, `must have at most ${MAX_VALUES} values`);
    }
    return values;
  }

  limit(): number {
    const text = this.one('limit') ?? '50';
    const limit = /^\d{1,3}$/.test(text) ? Number(text) : 0;
    if (limit < 1 || limit > 200) throw malformed('limit', 'must be a number from 1 to 200');
    return limit;
  }

  /** A date (UTC) or a moment; undefined when it is left out. */
  moment(name: string): Instant | undefined {
    const text = this.one(name);
    if (text === undefined) return undefined;
    const parsed = moment.safeParse(text);
    if (parsed.success && parsed.data >= 0 && parsed.data < LAST_MOMENT) return parsed.data;
    throw malformed(
      name,
      'must be a date such as 2026-11-01 (UTC) or a moment such as 2026-11-01T00:00:00Z, with "+" written as %2B',
    );
  }

  refuse(name: string, detail: string): never {
    throw malformed(name, detail);
  }
}

export const listParameters = [
  ...['state', 'priority', 'service', 'team', 'assignee'],
  ...['text', 'open', 'sort', 'limit', 'cursor'],
];

export interface ListParameters {
  readonly filters: Readonly<Partial<Record<FilterColumn, readonly (string | number)[]>>>;
  readonly open?: boolean;
  readonly text?: TextSearch;
  readonly sort: Sort;
  readonly limit: number;
  readonly after?: Position;
}

function readSort(query: Query): Sort {
  const text = query.one('sort') ?? '-openedAt';
  const name = text.replace(/^-/, '');
  if (!Object.hasOwn(sortColumns, name)) {
    const names = Object.keys(sortColumns).join(', ');
    query.refuse('sort', `must be one of ${names}, with "-" before it for descending`);
  }
  return { column: name as SortColumn, descending: text.startsWith('-') };
}

function readFilters(query: Query, process: Process): ListParameters['filters'] {
  const filters: Partial<Record<FilterColumn, readonly (string | number)[]>> = {};
  const states = query.many('state');
  if (states !== undefined) {
    if (!states.every((state) => Object.hasOwn(process.states, state))) {
      query.refuse('state', `must be among ${Object.keys(process.states).join(', ')}`);
    }
    filters.state = states;
  }
  const priorities = query.many('priority');
  if (priorities !== undefined) {
    if (!priorities.every((text) => /^[1-9]$/.test(text))) {
      query.refuse('priority', 'must be a number from 1 to 9');
    }
    filters.priority = priorities.map(Number);
  }
  for (const name of ['service', 'team', 'assignee'] as const) {
    const values = query.many(name);
    if (values === undefined) continue;
    const issue = values.map((value) => identifier(64).safeParse(value).error?.issues[0]?.message);
    const detail = issue.find((message) => message !== undefined);
    if (detail !== undefined) query.refuse(name, detail);
    filters[name] = values;
  }
  return filters;
}

function readText(query: Query, process: Process): TextSearch | undefined {
  const part = query.one('text')?.trim();
  if (part === undefined) return undefined;
  const { length } = Array.from(part);
  if (length < 2 || length > 100) query.refuse('text', 'must have 2 to 100 characters');
  return { part, numbers: [part.toUpperCase(), `${process.prefix}-${part}`] };
}

/** What a list of records is asked for. @throws RequestProblem that names the parameter at fault */
export function readListParameters(req: Request, process: Process): ListParameters {
  const query = new Query(req, listParameters);
  const open = query.one('open');
  if (open !== undefined && open !== 'true' && open !== 'false') {
    query.refuse('open', 'must be true or false');
  }
  const sort = readSort(query);
  const cursor = query.one('cursor');
  const after = cursor === undefined ? undefined : decodeCursor(cursor, sort);
  if (cursor !== undefined && after === undefined) {
    query.refuse('cursor', 'must be a nextCursor of this list, asked for with the same sort');
  }
  const text = readText(query, process);
  return {
    filters: readFilters(query, process),
    sort,
    limit: query.limit(),
    ...(open === undefined ? {} : { open: open === 'true' }),
    ...(text === undefined ? {} : { text }),
    ...(after === undefined ? {} : { after }),
  };
}
