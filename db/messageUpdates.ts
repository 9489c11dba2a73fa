import { changeableKinds } from '../domain/channelKinds.ts';
import type { ChannelKind } from '../domain/channelKinds.ts';
import type { Instant } from '../domain/time.ts';
import { toIso } from '../domain/time.ts';
import type { Queryable } from './pool.ts';

/** The pages of one reaction of a record that were planned before an event: one round of them, and those of earlier rounds. */
export interface Round {
  readonly number: string;
  /** The `during` reaction. */
  readonly of: string;
  /** The seq of the event with which it ended. */
  readonly before: number;
}

/** A page that was sent, and can be changed where it is. */
export interface ChangeableMessage {
  /** Of the delivery. */
  readonly id: string;
  readonly effectKey: string;
  readonly channel: ChannelKind;
  /** The receiver's name for it. */
  readonly providerId: string;
}

const pagesOf = `e.number = $1 and e.during = $2 and e.kind = 'notification' and e.payload ->> 'message' = 'page' and e.payload ->> 'channel' = any($3::text[])`;

/** Whether a reaction has, or had, pages that can be changed once they are sent. */
export async function hasChangeablePages(
  db: Queryable,
  { number, of }: Pick<Round, 'number' | 'of'>,
): Promise<boolean> {
  const { rowCount } = await db.query({
    name: 'has-changeable-pages',
    text: `select 1 from effects e where ${pagesOf} limit 1`,
    values: [number, of, changeableKinds],
  });
  return rowCount === 1;
}

/** The pages of a round that still ask for an answer where they are, the oldest first. */
export async function pagesToChange(
  db: Queryable,
  { number, of, before }: Round,
): Promise<ChangeableMessage[]> {
  const { rows } = await db.query<ChangeableMessage>({
    name: 'pages-to-change',
    text: `select d.id, d.effect_key as "effectKey", d.channel, d.provider_id as "providerId" from effects e join deliveries d on d.effect_key = e.key
     where ${pagesOf} and split_part(e.key, '/', 2)::integer < $4 and d.provider_id is not null and d.updated_at is null order by d.id`,
    values: [number, of, changeableKinds, before],
  });
  return rows;
}

/** Whether a page of a round is just being sent: it has left, or is about to, and its name at the receiver is not known yet. */
export async function isSending(db: Queryable, { number, of, before }: Round): Promise<boolean> {
  const { rowCount } = await db.query({
    name: 'pages-being-sent',
    text: `select 1 from effects e where ${pagesOf} and split_part(e.key, '/', 2)::integer < $4 and e.lease_until > clock_timestamp() limit 1`,
    values: [number, of, changeableKinds, before],
  });
  return rowCount === 1;
}

/** A page was changed, or cannot be: either way it is left alone from now on. @param id of its delivery */
export async function noteChanged(db: Queryable, id: string, at: Instant): Promise<void> {
  await db.query({
    name: 'page-changed',
    text: 'update deliveries set updated_at = $2 where id = $1',
    values: [id, toIso(at)],
  });
}
