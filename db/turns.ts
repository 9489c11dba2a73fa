import type { Instant } from '../domain/time.ts';
import { toIso } from '../domain/time.ts';
import type { Queryable } from './pool.ts';

/** Notes who had a turn of a team's round-robin: the last one, also when others were noted for the same moment, or for a later one. */
export async function noteTurns(
  tx: Queryable,
  turns: readonly { readonly team: string; readonly person: string }[],
  at: Instant,
): Promise<void> {
  if (turns.length === 0) return;
  await tx.query({
    name: 'note-turns',
    text: `insert into round_robin_turns (team, person, at)
     select team, person, greatest($2::timestamptz, last.at + interval '1 microsecond')
     from jsonb_to_recordset($1::jsonb) as x(team text, person text),
          lateral (select max(at) as at from round_robin_turns as before where before.team = x.team) as last
     on conflict (team, person) do update set at = excluded.at`,
    values: [JSON.stringify(turns), toIso(at)],
  });
}

/**
 * Each person's last turn, by team, the oldest first. Nobody else has a turn of these teams until the transaction ends: or else steps that are
 * taken at once would all mean the same person.
 */
export async function takeTurns(
  tx: Queryable,
  teams: readonly string[],
): Promise<Record<string, string[]>> {
  if (teams.length === 0) return {};
  // In one order, so that two steps never wait for each other.
  await tx.query(
    "select pg_advisory_xact_lock(hashtext('provisor.turns'), hashtext(team)) from unnest($1::text[]) as team",
    [[...teams].sort()],
  );
  const { rows } = await tx.query<{ team: string; people: string[] }>(
    'select team, array_agg(person order by at, person) as people from round_robin_turns where team = any($1::text[]) group by team',
    [teams],
  );
  return Object.fromEntries(rows.map(({ team, people }) => [team, people]));
}
