import type { ChannelKind } from '../domain/channelKinds.ts';
import type { AnyFields, Urgency } from '../domain/process.ts';
import { fromIso, toIso } from '../domain/time.ts';
import type { Instant } from '../domain/time.ts';
import type { Delivery } from './deliveries.ts';
import type { EffectState } from './effects.ts';
import type { Queryable } from './pool.ts';

/** An answer to a page: whose, what, and by its link or in reply to it; null: given before that was noted. */
export interface LedgerAnswer {
  readonly person: string;
  readonly answer: string;
  readonly via: 'link' | 'reply' | null;
  readonly at: Instant;
}

/** A message to somebody as the ledger has it: what was planned, what came of it, and the event that asked for it. */
export interface LedgerEntry {
  readonly key: string;
  readonly number: string;
  readonly person: string | null;
  readonly namedChannel: string | null;
  readonly channel: ChannelKind;
  readonly method: string | null;
  /** The place in the person's rules; `default` without rules. */
  readonly why: string | null;
  readonly message: string;
  readonly urgency: Urgency | null;
  readonly state: EffectState;
  readonly attempts: number;
  readonly createdAt: Instant;
  readonly notBefore: Instant | null;
  /** The key of the message with which it goes out; its own when it goes by itself; null while that is not decided. */
  readonly togetherWith: string | null;
  readonly error: string | null;
  readonly policy: string;
  /** The last attempt; of one that went out with another, that one's. */
  readonly delivery: Pick<
    Delivery,
    'attempt' | 'startedAt' | 'finishedAt' | 'outcome' | 'detail' | 'report'
  > | null;
  readonly event: { readonly seq: number; readonly type: string; readonly data: AnyFields };
  /** What came back, the earliest first. */
  readonly answers: readonly LedgerAnswer[];
}

export interface LedgerQuery {
  readonly person?: string | undefined;
  readonly number?: string | undefined;
  readonly channels?: readonly string[] | undefined;
  readonly messages?: readonly string[] | undefined;
  readonly states?: readonly string[] | undefined;
  /** Planned at or after it … */
  readonly from?: Instant | undefined;
  /** … and before it. */
  readonly to?: Instant | undefined;
  readonly limit: number;
  /** The last one of the page before. */
  readonly after?: { readonly at: Instant; readonly id: string } | undefined;
}

interface LedgerRow extends Omit<
  LedgerEntry,
  'createdAt' | 'notBefore' | 'togetherWith' | 'delivery' | 'event' | 'answers'
> {
  created_at: Date;
  not_before: Date | null;
  together_with: string | null;
  started_at: Date | null;
  attempt: number;
  finished_at: Date | null;
  outcome: Delivery['outcome'];
  detail: string | null;
  report: string | null;
  seq: number;
  type: string;
  data: AnyFields;
  answers: readonly (Omit<LedgerAnswer, 'at'> & { readonly at: string })[] | null;
}

function toEntry(row: LedgerRow): LedgerEntry {
  const { created_at, not_before, together_with, seq, type, data, answers, ...rest } = row;
  const { started_at, attempt, finished_at, outcome, detail, report, ...planned } = rest;
  return {
    ...planned,
    createdAt: created_at.getTime(),
    notBefore: not_before?.getTime() ?? null,
    togetherWith: together_with,
    delivery: started_at && {
      startedAt: started_at.getTime(),
      finishedAt: finished_at?.getTime() ?? null,
      ...{ attempt, outcome, detail, report },
    },
    event: { seq, type, data },
    answers: (answers ?? []).map(({ at, ...answer }) => ({ ...answer, at: fromIso(at) })),
  };
}

/** What a query asks of the effects; only what it names, so that the fitting index is used. */
function conditionsOf(query: LedgerQuery): { sql: string; values: unknown[] } {
  const { person, number, channels, messages, states, from, to, after } = query;
  const parts: (readonly [condition: string, value: unknown])[] = [
    ["payload ->> 'person' = ?", person],
    ['number = ?', number],
    ["payload ->> 'channel' = any(?::text[])", channels],
    ["payload ->> 'message' = any(?::text[])", messages],
    ['state = any(?::text[])', states],
    ['created_at >= ?::timestamptz', from === undefined ? undefined : toIso(from)],
    ['created_at < ?::timestamptz', to === undefined ? undefined : toIso(to)],
  ];
  const asked = parts.filter(([, value]) => value !== undefined);
  const sql = asked.map(([condition], index) => condition.replace('?', `$${index + 1}`));
  const values = asked.map(([, value]) => value);
  if (after === undefined) return { sql: ["kind = 'notification'", ...sql].join(' and '), values };
  const place = `(created_at, key) < ($${values.length + 1}::timestamptz, $${values.length + 2})`;
  return {
    sql: ["kind = 'notification'", ...sql, place].join(' and '),
    values: [...values, toIso(after.at), after.id],
  };
}

/** Who was told or paged, the newest first. */
export async function listNotifications(db: Queryable, query: LedgerQuery): Promise<LedgerEntry[]> {
  const { sql, values } = conditionsOf(query);
  const { rows } = await db.query<LedgerRow>(
    `with n as materialized (
       select * from effects where ${sql} order by created_at desc, key desc limit $${values.length + 1})
     select n.key, n.number, n.payload ->> 'person' as person, n.payload ->> 'namedChannel' as "namedChannel",
       n.payload ->> 'channel' as channel, n.payload ->> 'method' as method, n.payload ->> 'why' as why,
       n.payload ->> 'message' as message, n.payload ->> 'urgency' as urgency, n.state, n.attempts, n.created_at, n.not_before,
       n.together_with, n.error, n.policy, d.attempt, d.started_at, d.finished_at, d.outcome, d.detail, d.report,
       e.seq, e.type, e.data, a.answers
     from n
     join events e on e.number = n.number and e.seq = split_part(n.key, '/', 2)::integer
     left join lateral (
       select * from deliveries where effect_key = coalesce(n.together_with, n.key) order by id desc limit 1) d on true
     left join lateral (
       select jsonb_agg(jsonb_build_object('person', person, 'answer', answer, 'via', via, 'at', at) order by at, answer) as answers
       from page_answers where effect_key = n.key) a on true
     order by n.created_at desc, n.key desc`,
    [...values, query.limit],
  );
  return rows.map(toEntry);
}

/** A time at which pages of a record were held back. */
export interface HeldPages {
  readonly at: Instant;
  readonly data: AnyFields;
}

/** When pages of a record were held back, the newest first. */
export async function heldPagesOf(
  db: Queryable,
  number: string,
  limit: number,
): Promise<HeldPages[]> {
  const { rows } = await db.query<{ at: Date; data: AnyFields }>(
    `select at, data from events where number = $1 and type = 'pagesHeld' order by seq desc limit $2`,
    [number, limit],
  );
  return rows.map(({ at, data }) => ({ at: at.getTime(), data }));
}
