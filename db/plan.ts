import type { Instant } from '../domain/time.ts';
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
}

/**
 * The record's plan, and the end of the wake that asked for it, in one snapshot: a commit that comes later keeps its own wake. Escalations that
 * run live on their own and are not in it, unless they must be told to stop.
 */
export async function takePlan(db: Queryable, number: string): Promise<PlanRow | undefined> {
  const { rows } = await db.query<{
    process: string;
    seq: number;
    state: string;
    final: boolean;
    last_at: Date;
    due_at: Date | null;
    priority: number | null;
    effects: string[];
  }>({
    name: 'take-plan',
    text: `with r as (select number, process, seq, state, final and due_at is null as final, last_at, due_at, priority from records where number = $1),
      answered as (delete from wakes w using r where w.number = r.number and w.seq <= r.seq)
      select r.*, array(select e.key from effects e where e.number = r.number and e.state in ('pending', 'started', 'cancelling')
        and not (e.kind = 'escalation' and e.state = 'started') order by e.created_at, e.key) as effects
      from r`,
    values: [number],
  });
  const row = rows[0];
  return (
    row && {
      ...row,
      lastAt: row.last_at.getTime(),
      dueAt: row.due_at === null ? null : row.due_at.getTime(),
    }
  );
}
