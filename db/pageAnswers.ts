import type { ChannelKind } from '../domain/channelKinds.ts';
import type { Instant } from '../domain/time.ts';
import { toIso } from '../domain/time.ts';
import type { Queryable } from './pool.ts';

/** A message that can be answered, whichever way it went. */
export interface SentPage {
  readonly effectKey: string;
  readonly number: string;
  readonly organisation: string;
  /** Null: it went to a place that many people read. */
  readonly person: string | null;
  readonly channel: ChannelKind;
  /** The reaction of the record that it belongs to: with it the page ends. */
  readonly during: string | null;
}

/** The message of an effect; undefined when there is no such effect, or it is no message. */
export async function findPage(db: Queryable, effectKey: string): Promise<SentPage | undefined> {
  const { rows } = await db.query<SentPage>(
    `select key as "effectKey", number, organisation, payload ->> 'person' as person, payload ->> 'channel' as channel, during
     from effects where key = $1 and kind = 'notification'`,
    [effectKey],
  );
  return rows[0];
}

/** The keys of what was sent to these people by a channel since an instant, the latest first. */
export async function sentTo(
  db: Queryable,
  people: readonly string[],
  channel: ChannelKind,
  since: Instant,
  limit: number,
): Promise<string[]> {
  const { rows } = await db.query<{ effect_key: string }>(
    `select effect_key from deliveries where person = any($1::text[]) and channel = $2 and started_at >= $3
     group by effect_key order by max(id) desc limit $4`,
    [people, channel, toIso(since), limit],
  );
  return rows.map(({ effect_key }) => effect_key);
}

/** One answer to a page. */
export interface GivenAnswer {
  readonly answer: string;
  readonly at: Instant;
}

/** What a person has answered a page with so far, the earliest first. */
export async function answersGiven(
  db: Queryable,
  effectKey: string,
  person: string,
): Promise<GivenAnswer[]> {
  const { rows } = await db.query<{ answer: string; at: Date }>(
    'select answer, at from page_answers where effect_key = $1 and person = $2 order by at, answer',
    [effectKey, person],
  );
  return rows.map(({ answer, at }) => ({ answer, at: at.getTime() }));
}

/**
 * Notes that a person has answered a page so. In the transaction of the answer, which locked the record.
 * @param via by the link in the message, or in reply to it
 */
export async function noteAnswer(
  tx: Queryable,
  effectKey: string,
  person: string,
  { answer, at, via }: GivenAnswer & { readonly via: 'link' | 'reply' },
): Promise<void> {
  await tx.query(
    'insert into page_answers (effect_key, person, answer, at, via) values ($1, $2, $3, $4, $5)',
    [effectKey, person, answer, toIso(at), via],
  );
}
