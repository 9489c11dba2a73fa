import type { Override, OverrideDefinition } from '../domain/onCall/override.ts';
import type { Instant } from '../domain/time.ts';
import { toIso } from '../domain/time.ts';
import type { Queryable } from './pool.ts';

/** An override with its history. */
export interface StoredOverride {
  readonly override: Override;
  readonly schedule: string;
  /** The swap that made it. */
  readonly swap: string | null;
  readonly madeAt: Instant;
  readonly madeBy: string;
  readonly withdrawnAt: Instant | null;
}

interface OverrideRow {
  id: string;
  place: string;
  schedule: string;
  kind: Override['kind'];
  person: string;
  instead_of: string | null;
  begins_at: Date;
  ends_at: Date;
  swap: string | null;
  made_at: Date;
  made_by: string;
  withdrawn_at: Date | null;
}

const columns =
  'id, place, schedule, kind, person, instead_of, begins_at, ends_at, swap, made_at, made_by, withdrawn_at';

function toOverride({
  id,
  kind,
  person,
  instead_of,
  begins_at,
  ends_at,
}: Pick<OverrideRow, 'id' | 'kind' | 'person' | 'instead_of' | 'begins_at' | 'ends_at'>): Override {
  const stretch = { id, person, from: begins_at.getTime(), to: ends_at.getTime() };
  if (kind !== 'replace') return { kind, ...stretch };
  return { kind, ...stretch, ...(instead_of !== null && { insteadOf: instead_of }) };
}

function toStored(row: OverrideRow): StoredOverride {
  return {
    override: toOverride(row),
    schedule: row.schedule,
    swap: row.swap,
    madeAt: row.made_at.getTime(),
    madeBy: row.made_by,
    withdrawnAt: row.withdrawn_at?.getTime() ?? null,
  };
}

/** Those that touch [from, to) and have not been withdrawn before they began: by schedule, each list in the order in which they were made. */
export async function overridesTouching(
  db: Queryable,
  schedules: readonly string[],
  from: Instant,
  to: Instant,
): Promise<ReadonlyMap<string, readonly Override[]>> {
  const { rows } = await db.query<OverrideRow>({
    name: 'overrides-touching',
    text: `select ${columns} from schedule_overrides
      where schedule = any($1::text[]) and ends_at > $2 and begins_at < $3 and begins_at < ends_at order by place`,
    values: [schedules, toIso(from), toIso(to)],
  });
  const found = new Map<string, Override[]>(schedules.map((id) => [id, []]));
  for (const row of rows) found.get(row.schedule)?.push(toOverride(row));
  return found;
}

/** Those that end after an instant, also withdrawn ones that have begun, the latest made first. @param before the id of the last one of the page before */
export async function listOverrides(
  db: Queryable,
  schedule: string,
  endsAfter: Instant,
  limit: number,
  before?: string,
): Promise<readonly StoredOverride[]> {
  const { rows } = await db.query<OverrideRow>(
    `select ${columns} from schedule_overrides
     where schedule = $1 and ends_at > $2 and begins_at < ends_at
       and ($4::text is null or place < (select place from schedule_overrides where id = $4))
     order by place desc limit $3`,
    [schedule, toIso(endsAfter), limit, before ?? null],
  );
  return rows.map(toStored);
}

/** An override of a schedule, whatever became of it. */
export async function findOverride(
  db: Queryable,
  schedule: string,
  id: string,
): Promise<StoredOverride | undefined> {
  const { rows } = await db.query<OverrideRow>(
    `select ${columns} from schedule_overrides where schedule = $1 and id = $2`,
    [schedule, id],
  );
  return rows[0] && toStored(rows[0]);
}

export interface NewOverride {
  readonly id: string;
  readonly schedule: string;
  readonly definition: OverrideDefinition;
  readonly swap?: string | undefined;
}

export async function addOverride(
  tx: Queryable,
  { id, schedule, definition, swap }: NewOverride,
  by: string,
  at: Instant,
): Promise<StoredOverride> {
  const { kind, person, from, to } = definition;
  const insteadOf = definition.kind === 'replace' ? definition.insteadOf : undefined;
  const { rows } = await tx.query<OverrideRow>(
    `insert into schedule_overrides (id, schedule, kind, person, instead_of, begins_at, ends_at, swap, made_at, made_by)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning ${columns}`,
    [
      ...[id, schedule, kind, person, insteadOf ?? null, toIso(from), toIso(to), swap ?? null],
      ...[toIso(at), by],
    ],
  );
  const [stored] = rows;
  if (stored === undefined) throw new Error(`the override ${id} could not be stored`);
  return toStored(stored);
}

/** Ends an override that has not ended yet: now, or as it begins. */
export async function endOverride(
  tx: Queryable,
  id: string,
  by: string,
  at: Instant,
): Promise<void> {
  await tx.query(
    `update schedule_overrides set ends_at = least(ends_at, greatest(begins_at, $3)), withdrawn_at = $3, withdrawn_by = $2
     where id = $1 and withdrawn_at is null`,
    [id, by, toIso(at)],
  );
}
