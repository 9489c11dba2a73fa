import { createHash } from 'node:crypto';
import { findCommand } from '../db/commands.ts';
import { findByCommand, readEvents } from '../db/events.ts';
import type { Queryable } from '../db/pool.ts';
import { findRecord } from '../db/records.ts';
import type { Result } from '../domain/errors.ts';
import { ok, refuse } from '../domain/errors.ts';
import { fold } from '../domain/evolve.ts';
import type { RecordState } from '../domain/process.ts';
import { canonical } from './canonical.ts';
import type { Committed, Request } from './request.ts';

/** What a key stands for: the same key with something else is a mistake of the caller's. */
export function hashBody(name: string, input: unknown): Buffer {
  return createHash('sha256').update(`${name}\n`).update(canonical(input)).digest();
}

/** The stored answer to a key: the record as it was then, folded from its events. Undefined when the key is new. */
export async function storedAnswer(
  tx: Queryable,
  request: Request,
  bodyHash: Buffer,
): Promise<Result<Committed> | undefined> {
  const { actor, idempotencyKey } = request;
  if (idempotencyKey === undefined) return undefined;
  const stored = await findCommand(tx, `${actor.kind}:${actor.id}`, idempotencyKey);
  if (stored === undefined) return undefined;
  if (!stored.bodyHash.equals(bodyHash)) return refuse({ kind: 'keyReused', key: idempotencyKey });
  const found = await findRecord(tx, stored.number);
  const record = found && fold(found, await readEvents(tx, stored.number, { upTo: stored.seq }));
  if (record === undefined) throw new Error(`${stored.number} has an answer but no events`);
  return ok({ record, repeated: true });
}

/** The earlier commit of an internal command, which is committed once, whoever repeats it. */
export async function committedBefore(
  tx: Queryable,
  record: RecordState,
  { commandId }: Request,
): Promise<Result<Committed> | undefined> {
  if (commandId === undefined) return undefined;
  const event = await findByCommand(tx, record.number, commandId);
  return event && ok({ record, repeated: true });
}
