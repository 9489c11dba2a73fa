import type { Instant } from '../domain/time.ts';
import { urgencyOf } from '../domain/precedence.ts';
import type { Effect, Urgency } from '../domain/process.ts';
import { toIso } from '../domain/time.ts';
import { driving } from './identity.ts';
import { isLeftBehind } from './policies.ts';
import type { Queryable } from './pool.ts';

/** What a record's workflow needs to know: no text and no person, only keys and times (Temporal's history keeps it). */
export interface PlanRow {
  readonly process: string;
  readonly seq: number;
  readonly state: string;
  readonly final: boolean;
  readonly lastAt: Instant;
  readonly dueAt: Instant | null;
  readonly priority: number | null;
  readonly effects: readonly string[];
  readonly later: readonly { readonly key: string; readonly at: Instant }[];
  /** The keys of those among both that are worth waking somebody. */
  readonly interrupting: readonly string[];
}

/** A record that was not computed under the policy in force yet is due at once, for its deadlines may have moved. */
const nextDueAt = `case when ${isLeftBehind} then last_at else due_at end`;

/**
 * The record's plan, and the end of the wake that asked for it, in one snapshot: a commit that comes later keeps its own wake. Escalations that
 * run live on their own and are not in it, unless they must be told to stop. What had failed and works now leaves the list of stalled records.
 * @param driver the Temporal namespace that asks. Undefined when it does not drive the records, and when there is no such record.
 * @param ticked whether a tick has just been committed
 */
export async function takePlan(
  db: Queryable,
  number: string,
  driver: string,
  ticked = false,
): Promise<PlanRow | undefined> {
  const { rows } = await db.query<{
    process: string;
    seq: number;
    state: string;
    final: boolean;
    last_at: Date;
    due_at: Date | null;
    priority: number | null;
    effects: { key: string; at: number | null; kind: Effect['kind']; urgency: Urgency | null }[];
  }>({
    name: 'take-plan',
    text: `with ${driving('$2')},
      r as (select number, process, seq, state, final and due_at is null as final, last_at, ${nextDueAt} as due_at, priority from driving, records r where number = $1),
      answered as (delete from wakes w using r where w.number = r.number and w.seq <= r.seq),
      mended as (delete from stalled s using r where s.number = r.number and ($3 or s.doing = 'resume' or s.seq < r.seq))
      select r.*, coalesce((select json_agg(json_build_object('key', e.key, 'at', (extract(epoch from e.not_before) * 1000)::bigint,
          'kind', e.kind, 'urgency', e.payload ->> 'urgency') order by e.created_at, e.key)
        from effects e where e.number = r.number and e.state in ('pending', 'started', 'cancelling')
        and not (e.kind = 'escalation' and e.state = 'started')), '[]') as effects
      from r`,
    values: [number, driver, ticked],
  });
  const row = rows[0];
  if (row === undefined) return undefined;
  return {
    ...row,
    lastAt: row.last_at.getTime(),
    dueAt: row.due_at === null ? null : row.due_at.getTime(),
    effects: row.effects.flatMap(({ key, at }) => (at === null ? [key] : [])),
    later: row.effects.flatMap(({ key, at }) => (at === null ? [] : [{ key, at }])),
    interrupting: row.effects
      .filter((effect) => urgencyOf(effect) === 'interrupting')
      .map(({ key }) => key),
  };
}

/** Sets a record's next due moment right where it is not what its definition says: a moment that never comes would be asked for without end. */
export async function correctDue(
  tx: Queryable,
  number: string,
  dueAt: Instant | null,
): Promise<void> {
  await tx.query(
    'update records set due_at = $2 where number = $1 and due_at is distinct from $2::timestamptz',
    [number, dueAt === null ? null : toIso(dueAt)],
  );
}
