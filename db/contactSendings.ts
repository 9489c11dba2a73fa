import { DAY, toIso } from '../domain/time.ts';
import type { Instant } from '../domain/time.ts';
import type { Queryable } from './pool.ts';

/** A code or a test page that was sent to an address. */
export interface Sending {
  readonly purpose: 'code' | 'test';
  /** Null: it goes to a place that many people read. */
  readonly person: string | null;
  readonly kind: string;
  readonly address: string;
}

/** What the receiver said of it; nulls while it is under way, or when the process died in it. */
export interface SendingResult {
  readonly accepted: boolean | null;
  readonly detail: string | null;
  readonly at: Instant;
}

/** Addresses are kept no longer than limits and repeats of a request need them. */
const KEPT_FOR = DAY;

/** When such messages were sent to an address since an instant, and how many to all of the person's, the latest first. */
export async function sentLately(
  tx: Queryable,
  { purpose, person, kind, address }: Sending,
  since: Instant,
): Promise<{ readonly toAddress: Instant[]; readonly toPerson: number }> {
  const { rows } = await tx.query<{ at: Date; person: string | null; same: boolean }>(
    `select at, person, kind = $2 and address = $3 as same from contact_sendings
     where purpose = $1 and at > $5 and ((kind = $2 and address = $3) or person = $4) order by at desc`,
    [purpose, kind, address, person, toIso(since)],
  );
  return {
    toAddress: rows.filter(({ same }) => same).map(({ at }) => at.getTime()),
    toPerson: rows.filter((row) => row.person === person).length,
  };
}

/** Notes that a message is about to be sent; old notes go. @returns its id */
export async function noteSending(
  tx: Queryable,
  { purpose, person, kind, address }: Sending,
  at: Instant,
): Promise<string> {
  await tx.query('delete from contact_sendings where at < $1', [toIso(at - KEPT_FOR)]);
  const { rows } = await tx.query<{ id: string }>(
    `insert into contact_sendings (purpose, person, kind, address, at) values ($1, $2, $3, $4, $5) returning id`,
    [purpose, person, kind, address, toIso(at)],
  );
  return rows[0]?.id ?? '';
}

export async function finishSending(
  db: Queryable,
  id: string,
  accepted: boolean,
  detail: string,
): Promise<void> {
  await db.query('update contact_sendings set accepted = $2, detail = $3 where id = $1', [
    id,
    accepted,
    detail.slice(0, 500),
  ]);
}

/** Undefined when it was sent too long ago to be known. */
export async function findSending(db: Queryable, id: string): Promise<SendingResult | undefined> {
  const { rows } = await db.query<{ accepted: boolean | null; detail: string | null; at: Date }>(
    'select accepted, detail, at from contact_sendings where id = $1',
    [id],
  );
  return rows[0] && { ...rows[0], at: rows[0].at.getTime() };
}
