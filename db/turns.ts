import type { Instant } from '../domain/time.ts';
import { toIso } from '../domain/time.ts';
import type { Queryable } from './pool.ts';

/** Notes who had a turn of a team's round-robin, and when. */
export async function noteTurns(
  tx: Queryable,
  turns: readonly { readonly team: string; readonly person: string }[],
  at: Instant,
): Promise<void> {
  if (turns.length === 0) return;
  await tx.query(
    `insert into round_robin_turns (team, person, at)
     select team, person, $2::timestamptz from jsonb_to_recordset($1::jsonb) as x(team text, person text)
     on conflict (team, person) do update set at = greatest(round_robin_turns.at, excluded.at)`,
    [JSON.stringify(turns), toIso(at)],
  );
}

/** Each person's last turn, by team, the oldest first. */
export async function lastTurns(
  db: Queryable,
  teams: readonly string[],
): Promise<Record<string, string[]>> {
  if (teams.length === 0) return {};
  const { rows } = await db.query<{ team: string; people: string[] }>(
    'select team, array_agg(person order by at, person) as people from round_robin_turns where team = any($1::text[]) group by team',
    [teams],
  );
  return Object.fromEntries(rows.map(({ team, people }) => [team, people]));
}
