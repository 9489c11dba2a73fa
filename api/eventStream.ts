import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Request, Response } from 'express';
import type { Actor } from '../domain/actor.ts';
import { toIso } from '../domain/time.ts';
import type { Engine } from '../records/engine.ts';
import { getRecord } from '../records/read.ts';
import { readTimeline } from '../records/timeline.ts';
import type { Entry } from '../records/timeline.ts';
import { problem, RequestProblem } from './problem.ts';
import { valueOf } from './result.ts';
import { isUnavailable } from './unavailable.ts';

const LOOK_EVERY_MS = 500;
/** A comment so often, so that nobody on the way takes a quiet stream for a dead one. */
const COMMENT_EVERY_MS = 15_000;
/** Then the client connects again, and must have its key still. */
const ENDS_AFTER_MS = 10 * 60_000;
const PAGE = 100;
/** The stream tells events only; deliveries change after they are begun, and an event cannot be taken back. */
const NO_DELIVERIES = 2 ** 31 - 1;

/** Where a client that lost its connection goes on. @throws RequestProblem when the header is no id of this stream */
function lastSeen(req: Request): number {
  const text = req.get('last-event-id') ?? '0';
  if (/^\d{1,9}$/.test(text)) return Number(text);
  const detail = 'must be the id of an event of this stream, such as 7';
  throw new RequestProblem(
    problem('badRequest', `Last-Event-ID: ${detail}`, {
      errors: [{ header: 'Last-Event-ID', detail }],
    }),
  );
}

function block({ at, recordedAt, ...entry }: Entry): string {
  const data = JSON.stringify({ ...entry, at: toIso(at), recordedAt: toIso(recordedAt) });
  return `id: ${entry.seq ?? 0}\ndata: ${data}\n\n`;
}

/** Whether the server still takes requests: one that stops must not wait for streams. */
function isServing(req: Request): boolean {
  const { server } = req.socket as { server?: { listening: boolean } };
  return server?.listening !== false;
}

interface Stream {
  readonly engine: Engine;
  readonly number: string;
  readonly actor: Actor;
}

/** What happened after an event, in the order of events. @returns undefined when the record is no longer there for the reader */
async function newsOf(
  { engine, number, actor }: Stream,
  seen: number,
): Promise<{ entries: readonly Entry[]; seen: number } | undefined> {
  const found = await getRecord(engine, number, actor);
  if (!found.ok) return undefined;
  const record = found.value;
  if (record.seq <= seen) return { entries: [], seen };
  const after = { seq: seen, deliveries: NO_DELIVERIES };
  const { entries, next } = await readTimeline(engine, record, actor, { after, limit: PAGE });
  // What is not for this reader is not in the entries, but passed over all the same.
  const last = Math.max(record.seq, ...entries.map(({ seq = 0 }) => seq));
  return { entries, seen: next?.seq ?? last };
}

async function write(res: Response, text: string, closed: AbortSignal): Promise<void> {
  // A reader that is too slow holds up nobody but itself.
  if (!res.write(text)) await once(res, 'drain', { signal: closed }).catch(() => undefined);
}

/**
 * Answers with a record's events as server-sent events: those after Last-Event-ID, then each as it happens. The id of an event is its seq, its data what
 * the timeline has. The stream ends after a while; a client connects again and misses nothing.
 */
export async function streamEvents(stream: Stream, req: Request, res: Response): Promise<void> {
  let seen = lastSeen(req);
  valueOf(await getRecord(stream.engine, stream.number, stream.actor));
  res.set({ 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' });
  res.status(200).type('text/event-stream');
  if (req.method === 'HEAD') {
    res.end();
    return;
  }
  res.write('retry: 1000\n\n');
  const closing = new AbortController();
  const closed = closing.signal;
  res.once('close', () => {
    closing.abort();
  });
  const began = performance.now();
  let spoke = began;
  while (!closed.aborted && isServing(req) && performance.now() - began < ENDS_AFTER_MS) {
    let news: Awaited<ReturnType<typeof newsOf>>;
    try {
      news = await newsOf(stream, seen);
    } catch (error) {
      // The answer has begun and can no longer be a problem: the client connects again and is told then.
      if (!isUnavailable(error)) break;
      news = { entries: [], seen };
    }
    if (news === undefined) break;
    ({ seen } = news);
    const quiet = news.entries.length === 0;
    if (!quiet || performance.now() - spoke > COMMENT_EVERY_MS) {
      await write(res, quiet ? ': still here\n\n' : news.entries.map(block).join(''), closed);
      spoke = performance.now();
    }
    if (news.entries.length < PAGE) {
      await sleep(LOOK_EVERY_MS, undefined, { signal: closed }).catch(() => undefined);
    }
  }
  res.end();
}
