import {
  assignKept,
  countKept,
  keep,
  lastUnreadable,
  listKept,
  readKept,
} from '../db/intakeKept.ts';
import type { Delivery, Kept } from '../db/intakeKept.ts';
import { inTransaction } from '../db/pool.ts';
import type { Queryable } from '../db/pool.ts';
import { lockRecord } from '../db/records.ts';
import type { Actor } from '../domain/actor.ts';
import type { Result } from '../domain/errors.ts';
import { ok, refuse } from '../domain/errors.ts';
import type { Policy } from '../domain/policy.ts';
import { mendText } from '../domain/text.ts';
import { createCoalescer } from './coalesce.ts';
import { commitIn, openIn } from './commit.ts';
import type { Request } from './request.ts';
import type { Engine } from './engine.ts';
import { processOf } from './engine.ts';
import { allowed } from './alertIncident.ts';
import { asIntegration } from './intake.ts';

export interface KeptAnswer {
  /** Of what was kept, for `GET /api/v1/intake/kept/{id}`. */
  readonly kept: string;
  /** The incident that tells of it. */
  readonly number: string | null;
  /** Whether it opened that incident. */
  readonly changed: boolean;
}

/** What the incident on the default service says that tells of deliveries which cannot be read, as severe as an alert that nobody mapped. */
export function openingOfKept(what: string, policy: Policy) {
  const { defaultSeverity } = policy.body.alertmanager;
  return { title: `${what} could not be read`, ...defaultSeverity };
}

const MAX_REASON = 500;

/** The incident that tells of an integration's unreadable deliveries while it is open. */
async function openIncident(
  engine: Engine,
  tx: Queryable,
  number: string | undefined,
): Promise<string | undefined> {
  const record = number === undefined ? undefined : (await lockRecord(tx, number))?.record;
  if (record === undefined || record.state === 'resolved') return undefined;
  return processOf(engine, record.process).final.includes(record.state) ? undefined : number;
}

interface Unread {
  readonly what: string;
  readonly reason: string;
  /** Of what was kept. */
  readonly id: string;
  /** The incident that told of such deliveries before. */
  readonly earlier: string | undefined;
}

async function open(
  engine: Engine,
  tx: Queryable,
  { what, reason, id, earlier }: Unread,
  request: Request,
): Promise<string> {
  const opening = openingOfKept(what, await engine.policies.active(tx));
  const description = [
    `From the integration "${request.actor.id}": ${reason}.`,
    `What came is kept: GET /api/v1/intake/kept/${id}`,
    'More of the kind are kept and counted there; they open no other incident while this one is open.',
  ].join('\n');
  const input = { ...opening, description };
  const process = processOf(engine, 'incident');
  const { number } = allowed(
    await openIn(engine, tx, process, input, request),
    'open an incident for what it could not read',
  );
  if (earlier !== undefined) {
    const link = { relation: 'follows', number: earlier };
    allowed(await commitIn(engine, tx, number, 'link', link, request), 'link it');
  }
  return number;
}

/**
 * Keeps deliveries that cannot be read: they are never refused, for their senders would drop them. One incident of an integration tells of all that come
 * while it is open; the same bytes again only count. `what` was delivered: `A notification of Grafana`.
 */
export function createKeeper(
  engine: Engine,
): (what: string, delivery: Delivery, why: string, actor: Actor) => Promise<KeptAnswer> {
  const together = createCoalescer<KeptAnswer>();
  return (what, delivery, why, actor) => {
    const by = asIntegration(actor);
    const reason = mendText(why.slice(0, MAX_REASON));
    const run = async (count: number): Promise<KeptAnswer> => {
      const arrival = { count, at: engine.clock() };
      const known = await countKept(engine.pool, by.id, delivery.hash, arrival);
      if (known !== undefined) return { kept: known.id, number: known.number, changed: false };
      const answer = await inTransaction(engine.pool, async (tx) => {
        // Deliveries of one integration wait for each other, so that only one of them opens the incident.
        await tx.query('select pg_advisory_xact_lock(hashtext($1))', [`intake.kept ${by.id}`]);
        const earlier = await lastUnreadable(tx, by.id);
        const number = await openIncident(engine, tx, earlier);
        const { id: integration, organisation } = by;
        const kept = {
          ...delivery,
          integration,
          organisation,
          kind: 'unreadable',
          reason,
        } as const;
        const id = await keep(tx, { ...kept, number: number ?? null }, arrival);
        if (number !== undefined) return { kept: id, number, changed: false };
        const request = { actor: by, now: arrival.at };
        const opened = await open(engine, tx, { what, reason, id, earlier }, request);
        await assignKept(tx, id, opened);
        return { kept: id, number: opened, changed: true };
      });
      if (answer.changed) engine.onWake();
      return answer;
    };
    const key = `${by.id} ${delivery.hash.toString('hex')}`;
    return together(key, { run, joined: (answer) => ({ ...answer, changed: false }) });
  };
}

/** A page of what was kept, the latest first, and where the next one begins. */
export async function keptPage(
  engine: Engine,
  before: string | undefined,
  limit: number,
): Promise<{ items: Kept[]; next: string | null }> {
  const found = await listKept(engine.pool, { before, limit: limit + 1 });
  const items = found.slice(0, limit);
  return { items, next: found.length > limit ? (items.at(-1)?.id ?? null) : null };
}

/** The bytes that were kept. */
export async function keptBytes(engine: Engine, id: string): Promise<Result<Buffer>> {
  const bytes = await readKept(engine.pool, id);
  return bytes === undefined ? refuse({ kind: 'notFound', what: 'this delivery' }) : ok(bytes);
}
