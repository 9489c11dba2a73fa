import { DAY, toIso } from '../domain/time.ts';
import type { Instant } from '../domain/time.ts';
import type { Queryable } from './pool.ts';

/** What became of a mail. `kept`: no person wrote it. `reported`: it told of a message of ours that did not arrive. */
export type MailOutcome = 'opened' | 'commented' | 'kept' | 'reported';

export interface TakenMail {
  readonly outcome: MailOutcome;
  readonly number: string | null;
}

export interface NewMail extends TakenMail {
  readonly hash: Buffer;
  readonly sender: string;
  readonly messageId: string | undefined;
}

/** Longer than a mail server tries again, and than most conversations rest. */
const KEPT_FOR = 60 * DAY;

/** Copies of one mail wait for each other until the transaction ends. */
export async function lockMail(tx: Queryable, hash: Buffer): Promise<void> {
  await tx.query('select pg_advisory_xact_lock(hashtext($1))', [`mail ${hash.toString('hex')}`]);
}

/** What became of a mail that came before. */
export async function findMail(db: Queryable, hash: Buffer): Promise<TakenMail | undefined> {
  const { rows } = await db.query<TakenMail>('select outcome, number from mails where hash = $1', [
    hash,
  ]);
  return rows[0];
}

/** Remembers a mail, and forgets old ones. */
export async function storeMail(
  tx: Queryable,
  { hash, sender, messageId, outcome, number }: NewMail,
  at: Instant,
): Promise<void> {
  await tx.query(
    'insert into mails (hash, sender, message_id, received_at, outcome, number) values ($1, $2, $3, $4, $5, $6)',
    [hash, sender, messageId ?? null, toIso(at), outcome, number],
  );
  await tx.query('delete from mails where received_at < $1', [toIso(at - KEPT_FOR)]);
}

/** How many mails a sender sent lately. */
export async function countMails(
  db: Queryable,
  sender: string,
  { since }: { since: Instant },
): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    'select count(*)::int as count from mails where sender = $1 and received_at > $2',
    [sender, toIso(since)],
  );
  return rows[0]?.count ?? 0;
}

/** The record of the mail that is answered, when it came in here. @param ids Message-IDs */
export async function recordOfMails(
  db: Queryable,
  ids: readonly string[],
): Promise<string | undefined> {
  const { rows } = await db.query<{ number: string }>(
    'select number from mails where message_id = any($1) and number is not null order by received_at desc limit 1',
    [ids],
  );
  return rows[0]?.number;
}

/** Whether a mail about a record went out to a person. */
export async function wasMailed(db: Queryable, number: string, person: string): Promise<boolean> {
  const { rows } = await db.query(
    `select 1 from deliveries where number = $1 and person = $2 and channel = 'email' limit 1`,
    [number, person],
  );
  return rows.length > 0;
}
