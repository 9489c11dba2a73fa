import type { Instant } from '../domain/time.ts';
import { toIso } from '../domain/time.ts';
import type { Queryable } from './pool.ts';

/** Which page a link answers, for whom, and until when. */
export interface ActionLink {
  readonly id: string;
  readonly number: string;
  readonly organisation: string;
  readonly person: string;
  readonly effectKey: string;
  /** The reaction of the record that the page belongs to: with it the link ends. */
  readonly during: string | null;
  readonly expiresAt: Instant;
}

interface LinkRow {
  id: string;
  number: string;
  organisation: string;
  person: string;
  effect_key: string;
  during: string | null;
  expires_at: Date;
}

/** Stores a link; one with the same id is there already and stays as it is. */
export async function storeLink(db: Queryable, link: Omit<ActionLink, 'during'>): Promise<void> {
  await db.query(
    `insert into action_links (id, number, organisation, person, effect_key, expires_at)
     values ($1, $2, $3, $4, $5, $6) on conflict (id) do nothing`,
    [
      ...[link.id, link.number, link.organisation, link.person],
      ...[link.effectKey, toIso(link.expiresAt)],
    ],
  );
}

export async function findLink(db: Queryable, id: string): Promise<ActionLink | undefined> {
  const { rows } = await db.query<LinkRow>(
    `select l.id, l.number, l.organisation, l.person, l.effect_key, l.expires_at, e.during
     from action_links l left join effects e on e.key = l.effect_key where l.id = $1`,
    [id],
  );
  const row = rows[0];
  if (row === undefined) return undefined;
  const { effect_key, expires_at, ...rest } = row;
  return { ...rest, effectKey: effect_key, expiresAt: expires_at.getTime() };
}
