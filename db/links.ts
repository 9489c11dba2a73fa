import type { Instant } from '../domain/time.ts';
import { toIso } from '../domain/time.ts';
import type { Queryable } from './pool.ts';

/** What a link in a message may do, for whom, and until when. */
export interface ActionLink {
  readonly id: string;
  readonly number: string;
  readonly organisation: string;
  readonly person: string;
  readonly command: string;
  readonly effectKey: string;
  /** The reaction of the record that the message belongs to: with it the link ends. */
  readonly during: string | null;
  readonly expiresAt: Instant;
  readonly usedAt: Instant | null;
}

interface LinkRow {
  id: string;
  number: string;
  organisation: string;
  person: string;
  command: string;
  effect_key: string;
  during: string | null;
  expires_at: Date;
  used_at: Date | null;
}

/** Stores a link; one with the same id is there already and stays as it is. */
export async function storeLink(
  db: Queryable,
  link: Omit<ActionLink, 'usedAt' | 'during'>,
): Promise<void> {
  await db.query(
    `insert into action_links (id, number, organisation, person, command, effect_key, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7) on conflict (id) do nothing`,
    [
      link.id,
      link.number,
      link.organisation,
      link.person,
      link.command,
      link.effectKey,
      toIso(link.expiresAt),
    ],
  );
}

export async function findLink(db: Queryable, id: string): Promise<ActionLink | undefined> {
  const { rows } = await db.query<LinkRow>(
    `select l.id, l.number, l.organisation, l.person, l.command, l.effect_key, l.expires_at, l.used_at, e.during
     from action_links l left join effects e on e.key = l.effect_key where l.id = $1`,
    [id],
  );
  const row = rows[0];
  if (row === undefined) return undefined;
  const { effect_key, expires_at, used_at, ...rest } = row;
  return {
    ...rest,
    effectKey: effect_key,
    expiresAt: expires_at.getTime(),
    usedAt: used_at?.getTime() ?? null,
  };
}

/** Marks a link as used. Of several calls at once one alone gets true; the others wait for its transaction. */
export async function spendLink(tx: Queryable, id: string, at: Instant): Promise<boolean> {
  const { rowCount } = await tx.query(
    'update action_links set used_at = $2 where id = $1 and used_at is null and expires_at > $2',
    [id, toIso(at)],
  );
  return rowCount === 1;
}
