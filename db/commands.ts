import type { Instant } from '../domain/time.ts';
import { toIso } from '../domain/time.ts';
import type { Queryable } from './pool.ts';

export interface StoredCommand {
  readonly bodyHash: Buffer;
  readonly number: string;
  readonly seq: number;
}

/** What a caller's Idempotency-Key stands for; undefined when it was never accepted. */
export async function findCommand(
  tx: Queryable,
  actor: string,
  key: string,
): Promise<StoredCommand | undefined> {
  const { rows } = await tx.query<{ body_hash: Buffer; number: string; seq: number }>({
    name: 'find-command',
    text: 'select body_hash, number, seq from commands where actor = $1 and key = $2',
    values: [actor, key],
  });
  return rows[0] && { bodyHash: rows[0].body_hash, number: rows[0].number, seq: rows[0].seq };
}

/** @throws a unique violation (SQLSTATE 23505) when the same key was accepted at the same time: begin again and find it */
export async function storeCommand(
  tx: Queryable,
  actor: string,
  key: string,
  command: StoredCommand,
  at: Instant,
): Promise<void> {
  await tx.query({
    name: 'store-command',
    text: 'insert into commands (actor, key, body_hash, number, seq, at) values ($1, $2, $3, $4, $5, $6)',
    values: [actor, key, command.bodyHash, command.number, command.seq, toIso(at)],
  });
}
