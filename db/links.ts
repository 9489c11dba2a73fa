import type { Instant } from '../domain/time.ts';
import { toIso } from '../domain/time.ts';
import type { Queryable } from './pool.ts';

/** Which page a link answers, for whom, with what, and until when. */
export interface ActionLink {
  readonly id: string;
  readonly number: string;
  readonly organisation: string;
  readonly person: string;
  readonly effectKey: string;
  /** The reaction of the record that the page belongs to: with it the link ends. */
  readonly during: string | null;
  readonly expiresAt: Instant;
  /** The one answer that it gives; null: every answer to its page. */
  readonly answer: string | null;
  /** SHA-256 of the secret of the browser in which it was used first; null while nobody has used it. */
  readonly usedBy: Buffer | null;
}

interface LinkRow {
  id: string;
  number: string;
  organisation: string;
  person: string;
  effect_key: string;
  during: string | null;
  expires_at: Date;
  answer: string | null;
  used_by: Buffer | null;
}

/** A link as it is made, before anybody uses it. */
export type NewLink = Omit<ActionLink, 'during' | 'usedBy'>;

/** Links as the parameter of `storingLinks`. */
export function linksParameter(links: readonly NewLink[]): string {
  return JSON.stringify(
    links.map(({ effectKey, expiresAt, ...link }) => ({
      ...link,
      effect_key: effectKey,
      expires_at: toIso(expiresAt),
    })),
  );
}

/**
 * A common table expression `links` that stores the links of this parameter when the one named `condition` has its row. One with the same id is
 * there already and stays as it is.
 */
export function storingLinks(parameter: string, condition: string): string {
  return `links as (
    insert into action_links (id, number, organisation, person, effect_key, expires_at, answer)
    select l.id, l.number, l.organisation, l.person, l.effect_key, l.expires_at, l.answer from ${condition}, jsonb_to_recordset(${parameter}::jsonb)
      as l(id text, number text, organisation text, person text, effect_key text, expires_at timestamptz, answer text)
    on conflict (id) do nothing)`;
}

const found = `select l.id, l.number, l.organisation, l.person, l.effect_key, l.expires_at, l.answer, l.used_by, e.during
  from action_links l left join effects e on e.key = l.effect_key where l.id = $1`;

function toLink({ effect_key, expires_at, used_by, ...rest }: LinkRow): ActionLink {
  return { ...rest, effectKey: effect_key, expiresAt: expires_at.getTime(), usedBy: used_by };
}

export async function findLink(db: Queryable, id: string): Promise<ActionLink | undefined> {
  const { rows } = await db.query<LinkRow>(found, [id]);
  return rows[0] && toLink(rows[0]);
}

/** The link, which nobody else uses until the transaction ends. */
export async function lockLink(tx: Queryable, id: string): Promise<ActionLink | undefined> {
  const { rows } = await tx.query<LinkRow>(`${found} for update of l`, [id]);
  return rows[0] && toLink(rows[0]);
}

/** Notes in which browser a link was used. In the transaction of the answer. @param usedBy SHA-256 of the browser's secret */
export async function bindLink(tx: Queryable, id: string, usedBy: Buffer): Promise<void> {
  await tx.query('update action_links set used_by = $2 where id = $1 and used_by is null', [
    id,
    usedBy,
  ]);
}

/** So many go at once: more would take longer than a statement may. */
const PRUNED_AT_ONCE = 10_000;

/** Forgets links that expired before a moment, some at each call. */
export async function pruneLinks(db: Queryable, before: Instant): Promise<void> {
  await db.query(
    'delete from action_links where id in (select id from action_links where expires_at < $1 limit $2)',
    [toIso(before), PRUNED_AT_ONCE],
  );
}
