import { createHash, randomBytes } from 'node:crypto';
import {
  addHeartbeat,
  changeHash,
  changeHeartbeat as storeChange,
  countHeartbeats,
  deleteHeartbeat as removeHeartbeat,
  findHeartbeat,
  lockHeartbeat,
} from '../db/heartbeats.ts';
import type { HeartbeatChange, StoredHeartbeat } from '../db/heartbeats.ts';
import { inTransaction } from '../db/pool.ts';
import type { Queryable } from '../db/pool.ts';
import type { InputIssue, Result } from '../domain/errors.ts';
import { ok, refuse } from '../domain/errors.ts';
import { heartbeatSchema } from '../domain/heartbeat/heartbeat.ts';
import type { HeartbeatInput } from '../domain/heartbeat/heartbeat.ts';
import { parseInput, refuseInput } from '../domain/input.ts';
import { priorityOf } from '../domain/policy.ts';
import type { Policy } from '../domain/policy.ts';
import { toIso } from '../domain/time.ts';
import type { Milliseconds } from '../domain/time.ts';
import { actorName, recordChange } from './auditLog.ts';
import type { AuditKind } from './auditLog.ts';
import { canonical } from './canonical.ts';
import type { Engine } from './engine.ts';
import { definitionOf } from './heartbeatAlert.ts';
import { once } from './once.ts';
import type { Asking, Made } from './once.ts';

/** Each is a workflow of its own, and a list that people read. */
const MOST_HEARTBEATS = 5_000;

export const noHeartbeat = { kind: 'notFound', what: 'this heartbeat' } as const;

function newToken(): string {
  return randomBytes(24).toString('base64url');
}

/** SHA-256 of the token in a heartbeat's address: what is stored of it. */
export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token, 'utf8').digest();
}

/** What only the policy knows of an input: its services, and the matrix of priorities. */
function issuesOf(input: HeartbeatInput, policy: Policy): InputIssue[] {
  const { services } = policy.body;
  const unknown = Object.hasOwn(services, input.service)
    ? []
    : [{ pointer: '/service', detail: `"${input.service}" is not a service of the policy` }];
  if (priorityOf(policy, input) !== undefined) return unknown;
  const detail = "with this urgency is not in the policy's matrix of priorities";
  return [...unknown, { pointer: '/impact', detail }];
}

async function parseHeartbeat(
  engine: Engine,
  tx: Queryable,
  data: unknown,
): Promise<Result<HeartbeatInput>> {
  const parsed = parseInput(heartbeatSchema, data);
  if (!parsed.ok) return parsed;
  const input = data as HeartbeatInput;
  const issues = issuesOf(input, await engine.policies.active(tx));
  return issues.length === 0 ? ok(input) : refuseInput(issues);
}

async function audit(
  tx: Queryable,
  kind: AuditKind,
  { id, definition }: Pick<StoredHeartbeat, 'id' | 'definition'>,
  { actor, now }: Asking,
): Promise<void> {
  const hash = createHash('sha256').update(canonical(definition)).digest('hex');
  const data = { heartbeat: id, definition: hash };
  await recordChange(tx, { kind, actor: actorName(actor), at: now, data });
}

/** A heartbeat that was made. The token is null when an earlier request with the same key made it: only its answer had the token. */
export interface MadeHeartbeat extends Made {
  readonly token: string | null;
}

/** Makes a heartbeat, which is waited for from now on. @param data `heartbeatSchema`'s */
export function createHeartbeat(
  engine: Engine,
  data: unknown,
  asking: Asking,
): Promise<Result<MadeHeartbeat>> {
  const { actor, now } = asking;
  const token = newToken();
  return inTransaction(engine.pool, async (tx) => {
    const made = await once(tx, asking, { make: 'heartbeat', data }, async () => {
      const definition = await parseHeartbeat(engine, tx, data);
      if (!definition.ok) return definition;
      if ((await countHeartbeats(tx)) >= MOST_HEARTBEATS) {
        const detail = `there are ${MOST_HEARTBEATS} heartbeats already: delete one that is not used`;
        return refuse({ kind: 'refused', detail, allowed: [] });
      }
      const id = `hbt_${randomBytes(12).toString('hex')}`;
      const heartbeat = { id, definition: definition.value };
      const { organisation } = actor;
      await addHeartbeat(tx, { ...heartbeat, organisation, hash: hashToken(token) }, actor.id, now);
      await audit(tx, 'heartbeatMade', heartbeat, asking);
      return ok(id);
    });
    if (!made.ok) return made;
    return ok({ ...made.value, token: made.value.repeated ? null : token });
  });
}

/**
 * Gives a heartbeat another address. Its rhythm, its version and what it waits for stay as they are. A repeat of the request changes nothing, and
 * its token is null.
 * @param formerValidFor for how long from now pings to the addresses of before count as well
 */
export function renewToken(
  engine: Engine,
  id: string,
  formerValidFor: Milliseconds,
  asking: Asking,
): Promise<Result<MadeHeartbeat>> {
  const { actor, now } = asking;
  const token = newToken();
  return inTransaction(engine.pool, async (tx) => {
    const request = { make: 'heartbeat token', id, formerValidFor };
    const made = await once(tx, asking, request, async () => {
      if ((await lockHeartbeat(tx, id)) === undefined) return refuse(noHeartbeat);
      const formerUntil = now + formerValidFor;
      await changeHash(tx, id, { hash: hashToken(token), formerUntil }, now);
      const data = { heartbeat: id, formerValidUntil: toIso(formerUntil) };
      const kind = 'heartbeatTokenRenewed';
      await recordChange(tx, { kind, actor: actorName(actor), at: now, data });
      return ok(id);
    });
    if (!made.ok) return made;
    return ok({ ...made.value, token: made.value.repeated ? null : token });
  });
}

type Change = (before: StoredHeartbeat, tx: Queryable) => Promise<Result<HeartbeatChange>>;

/** Changes a heartbeat under its lock; what changes nothing is no change. */
function changing(
  engine: Engine,
  id: string,
  asking: Asking & { readonly ifMatch?: number | undefined },
  kind: AuditKind,
  change: Change,
): Promise<Result<StoredHeartbeat>> {
  const { actor, now, ifMatch } = asking;
  return inTransaction(engine.pool, async (tx) => {
    const before = await lockHeartbeat(tx, id);
    if (before === undefined) return refuse(noHeartbeat);
    if (ifMatch !== undefined && ifMatch !== before.version) {
      return refuse({ kind: 'stale', expected: ifMatch, actual: before.version });
    }
    const after = await change(before, tx);
    if (!after.ok) return after;
    if (canonical({ ...before, ...after.value }) === canonical(before)) return ok(before);
    await storeChange(tx, id, after.value, actor.id, now);
    await audit(tx, kind, { id, definition: after.value.definition }, asking);
    return ok((await findHeartbeat(tx, id)) ?? before);
  });
}

/** Changes what a heartbeat is. Another rhythm is waited for from now on. @param data `heartbeatSchema`'s */
export function changeHeartbeat(
  engine: Engine,
  id: string,
  data: unknown,
  asking: Asking & { readonly ifMatch?: number | undefined },
): Promise<Result<StoredHeartbeat>> {
  return changing(engine, id, asking, 'heartbeatChanged', async (before, tx) => {
    const definition = await parseHeartbeat(engine, tx, data);
    if (!definition.ok) return definition;
    const was = definitionOf(before);
    const is = definitionOf({ ...before, definition: definition.value });
    const sameRhythm = was.every === is.every && was.grace === is.grace;
    const { countsFrom, pausedAt, down } = before;
    return ok({
      definition: definition.value,
      countsFrom: sameRhythm ? countsFrom : asking.now,
      pausedAt,
      down,
    });
  });
}

/** Waits for no ping until it is resumed. An incident that stands for it is left to people. */
export function pauseHeartbeat(
  engine: Engine,
  id: string,
  asking: Asking,
): Promise<Result<StoredHeartbeat>> {
  return changing(engine, id, asking, 'heartbeatPaused', (before) =>
    Promise.resolve(ok({ ...before, pausedAt: before.pausedAt ?? asking.now, down: null })),
  );
}

/** Waits for pings again, from now on. */
export function resumeHeartbeat(
  engine: Engine,
  id: string,
  asking: Asking,
): Promise<Result<StoredHeartbeat>> {
  return changing(engine, id, asking, 'heartbeatResumed', (before) => {
    const countsFrom = before.pausedAt === null ? before.countsFrom : asking.now;
    return Promise.resolve(ok({ ...before, countsFrom, pausedAt: null }));
  });
}

/** Deletes a heartbeat; its address is unknown from then on. An incident that stands for it is left to people. */
export function deleteHeartbeat(
  engine: Engine,
  id: string,
  asking: Asking & { readonly ifMatch?: number | undefined },
): Promise<Result<StoredHeartbeat>> {
  return inTransaction(engine.pool, async (tx) => {
    const before = await lockHeartbeat(tx, id);
    if (before === undefined) return refuse(noHeartbeat);
    if (asking.ifMatch !== undefined && asking.ifMatch !== before.version) {
      return refuse({ kind: 'stale', expected: asking.ifMatch, actual: before.version });
    }
    await removeHeartbeat(tx, id);
    await audit(tx, 'heartbeatDeleted', before, asking);
    return ok(before);
  });
}
