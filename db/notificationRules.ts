import type { Instant } from '../domain/time.ts';
import { toIso } from '../domain/time.ts';
import type { Queryable } from './pool.ts';

export interface StoredRules {
  readonly version: number;
  /** As the person wrote them. */
  readonly written: unknown;
  readonly updatedAt: Instant;
}

/** One person's rules as they wrote them; undefined when they wrote none. */
export async function findRules(db: Queryable, person: string): Promise<StoredRules | undefined> {
  const { rows } = await db.query<{ version: number; rules: unknown; updated_at: Date }>(
    'select version, rules, updated_at from notification_rules where person = $1',
    [person],
  );
  const row = rows[0];
  return row && { version: row.version, written: row.rules, updatedAt: row.updated_at.getTime() };
}

/**
 * Writes a person's rules.
 * @param expected the version that the writer saw; 0 when there was none
 * @returns whether it still was that version, and they are written
 */
export async function writeRules(
  db: Queryable,
  person: string,
  rules: unknown,
  expected: number,
  by: string,
  at: Instant,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `insert into notification_rules (person, version, rules, updated_at, updated_by) values ($1, $3 + 1, $2, $5, $4)
     on conflict (person) do update set version = notification_rules.version + 1, rules = excluded.rules, updated_at = excluded.updated_at,
       updated_by = excluded.updated_by where notification_rules.version = $3`,
    [person, JSON.stringify(rules), expected, by, toIso(at)],
  );
  return rowCount === 1;
}
