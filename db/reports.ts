import type { Backlog, Figures, Grouping, Kept, Level } from '../domain/report.ts';
import { toIso } from '../domain/time.ts';
import type { Instant } from '../domain/time.ts';
import type { Queryable } from './pool.ts';

/** What a report is about. The definitions of its figures stand in domain/report.ts; here they are SQL, for 100,000 records are too many to carry over. */
export interface ReportScope {
  readonly process: string;
  /** The states in which work is left to do. */
  readonly open: readonly string[];
  /** The states of what turned out to be nothing. */
  readonly withdrawn: readonly string[];
  readonly from: Instant;
  readonly to: Instant;
  readonly at: Instant;
  readonly by: Grouping;
}

/** By group; the total under null. */
export type Part<Name extends keyof Figures> = Map<string | null, Pick<Figures, Name>>;

const goals = ['respond', 'resolve'] as const;
const results = ['kept', 'missed', 'running'] as const;
type Goal = (typeof goals)[number];
type Counting = 'noted' | 'corrected';

/** The group's column. Every name in the SQL comes from the code. */
const groupOf = {
  team: 'team',
  service: 'service',
  priority: 'priority::text',
  none: 'null::text',
} as const satisfies Record<Grouping, string>;

/** The end of a statement over the rows `f` with a group `grp`: a row a group and one for the total. */
function perGroup(by: Grouping): { names: string; groupBy: string } {
  if (by === 'none') return { names: 'null as grp, true as is_total', groupBy: '' };
  return {
    names: 'grp, grouping(grp) = 1 as is_total',
    groupBy: 'group by grouping sets ((grp), ())',
  };
}

interface GroupRow {
  grp: string | null;
  is_total: boolean;
}

function byGroup<Row extends GroupRow, F>(
  rows: readonly Row[],
  figures: (row: Row) => F,
): Map<string | null, F> {
  return new Map(rows.map((row) => [row.is_total ? null : (row.grp ?? ''), figures(row)]));
}

function milliseconds(value: number | null | undefined): number | null {
  return typeof value === 'number' ? Math.round(value) : null;
}

/** Everything that is open now. */
export async function backlog(tx: Queryable, scope: ReportScope): Promise<Part<'backlog'>> {
  const { names, groupBy } = perGroup(scope.by);
  type Row = GroupRow & { count: number; ages: number[] | null; oldest: number | null };
  const { rows } = await tx.query<Row>(
    `with f as materialized (
       select ${groupOf[scope.by]} as grp,
         (extract(epoch from $3::timestamptz - opened_at) * 1000)::float8 as age
       from records where process = $1 and not final and state = any($2::text[]))
     select ${names}, count(*)::integer as count,
       percentile_cont(array[0.5, 0.9]) within group (order by age) as ages, max(age) as oldest
     from f ${groupBy}`,
    [scope.process, scope.open, toIso(scope.at)],
  );
  return byGroup(rows, ({ count, ages, oldest }) => {
    const [medianAgeMs, p90AgeMs] = [milliseconds(ages?.[0]), milliseconds(ages?.[1])];
    const of: Backlog = { count, medianAgeMs, p90AgeMs, oldestAgeMs: milliseconds(oldest) };
    return { backlog: of };
  });
}

/** Those resolved in the period. A resolution is an event, so neither its opening nor its last event lies on the wrong side. */
export async function resolvedIn(tx: Queryable, scope: ReportScope): Promise<Part<'resolved'>> {
  const { names, groupBy } = perGroup(scope.by);
  const { rows } = await tx.query<GroupRow & { count: number }>(
    `with f as materialized (
       select ${groupOf[scope.by]} as grp from records
       where process = $1 and last_at >= $2::timestamptz and opened_at < $3::timestamptz
         and resolved_ms >= $4 and resolved_ms < $5)
     select ${names}, count(*)::integer as count from f ${groupBy}`,
    [scope.process, toIso(scope.from), toIso(scope.to), scope.from, scope.to],
  );
  return byGroup(rows, ({ count }) => ({ resolved: count }));
}

/** Whether a record kept a goal, as `kept`, `missed`, `running` or null. */
function verdict(missed: string, goal: Goal): string {
  return `case when not has_${goal} then null when ${missed} then 'missed'
      when ${goal}_stopped_ms is not null then 'kept' when state = any($4::text[]) then 'running'
      when state = any($5::text[]) then null else 'kept' end`;
}

function verdicts(goal: Goal): string {
  const noted = `${goal}_breached_ms is not null`;
  const corrected = `${goal}_due_ms < coalesce(${goal}_stopped_ms, $6::bigint)`;
  return `${verdict(noted, goal)} as ${goal}_noted, ${verdict(corrected, goal)} as ${goal}_corrected`;
}

/** `respond_noted_kept` and its eleven sisters. */
const counts = goals.flatMap((goal) =>
  (['noted', 'corrected'] as const).flatMap((counting) =>
    results.map(
      (result) =>
        `count(*) filter (where ${goal}_${counting} = '${result}')::integer as ${goal}_${counting}_${result}`,
    ),
  ),
);

type CountRow = Record<`${Goal}_${Counting}_${keyof Kept}`, number>;

function levelOf(row: CountRow, goal: Goal): Level {
  const keptOf = (counting: Counting): Kept => ({
    kept: row[`${goal}_${counting}_kept`],
    missed: row[`${goal}_${counting}_missed`],
    running: row[`${goal}_${counting}_running`],
  });
  return { noted: keptOf('noted'), corrected: keptOf('corrected') };
}

interface OpenedRow extends GroupRow, CountRow {
  opened: number;
  cancelled: number;
  acknowledged: number;
  acknowledge: number[] | null;
  restored: number;
  restore: number[] | null;
  reopens: number;
  reassignments: number;
}

const openedMs = '(extract(epoch from opened_at) * 1000)::bigint';

/** Nothing takes less than no time: what people report of the past may lie before what the system saw. */
function took(from: string, to: string): string {
  return `case when ${to} is null then null else greatest(0, ${to} - ${from}) end::float8`;
}

/** Those opened in the period. The values are computed before they are sorted: whole rows would be sorted on disk. */
export async function openedIn(
  tx: Queryable,
  scope: ReportScope,
): Promise<Map<string | null, Omit<Figures, 'backlog' | 'resolved'>>> {
  const { names, groupBy } = perGroup(scope.by);
  // A year of 100,000 records is 10 MB: with the usual 4 MB it is kept, and sorted, on disk.
  await tx.query("set local work_mem = '32MB'");
  const { rows } = await tx.query<OpenedRow>(
    `with f as materialized (
       select ${groupOf[scope.by]} as grp, state = any($5::text[]) as is_withdrawn, ${goals.map(verdicts).join(', ')},
         ${took(openedMs, 'responded_ms')} as acknowledge_ms,
         ${took(`coalesce(began_ms, ${openedMs})`, 'restored_ms')} as restore_ms,
         reopens, reassignments
       from records where process = $1 and opened_at >= $2::timestamptz and opened_at < $3::timestamptz)
     select ${names}, count(*)::integer as opened,
       count(*) filter (where is_withdrawn)::integer as cancelled, ${counts.join(', ')},
       count(acknowledge_ms)::integer as acknowledged,
       percentile_cont(array[0.5, 0.9]) within group (order by acknowledge_ms) as acknowledge,
       count(restore_ms)::integer as restored,
       percentile_cont(array[0.5, 0.9]) within group (order by restore_ms) as restore,
       coalesce(sum(reopens), 0)::integer as reopens, coalesce(sum(reassignments), 0)::integer as reassignments
     from f ${groupBy}`,
    [scope.process, toIso(scope.from), toIso(scope.to), scope.open, scope.withdrawn, scope.at],
  );
  const spread = (count: number, of: number[] | null) => ({
    ...{ count, medianMs: milliseconds(of?.[0]), p90Ms: milliseconds(of?.[1]) },
  });
  return byGroup(rows, (row) => ({
    opened: row.opened,
    cancelled: row.cancelled,
    respond: levelOf(row, 'respond'),
    resolve: levelOf(row, 'resolve'),
    acknowledge: spread(row.acknowledged, row.acknowledge),
    restore: spread(row.restored, row.restore),
    reopens: row.reopens,
    reassignments: row.reassignments,
  }));
}

/** What is read in this transaction after it is of one moment. */
export async function readAtOneMoment(tx: Queryable): Promise<void> {
  await tx.query('set transaction isolation level repeatable read, read only');
}
