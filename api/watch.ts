import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Channels } from '../channels/index.ts';
import { holdWatch, leaveWatch, noteOutage } from '../db/watch.ts';
import type { Pool } from '../db/pool.ts';
import { MINUTE, SECOND } from '../domain/time.ts';
import type { Instant } from '../domain/time.ts';
import { seen, told, wordFor } from '../domain/watch/outage.ts';
import type { Outage } from '../domain/watch/outage.ts';
import { readPaging } from '../records/paging.ts';
import { every } from './every.ts';
import type { Repeated } from './every.ts';
import type { TemporalHealth } from './temporalHealth.ts';
import { isUnavailable } from './unavailable.ts';
import { watchMessage } from './watchMessage.ts';
import type { Telling } from './watchMessage.ts';

export interface WatchOptions {
  readonly pool: Pool;
  readonly log: Logger;
  readonly temporalHealth: () => Promise<TemporalHealth>;
  readonly channels: Pick<Channels, 'email' | 'webhook'>;
  /** Who is told; absent: nobody in that way. */
  readonly email: string | undefined;
  readonly webhook: string | undefined;
  readonly publicUrl: string;
  readonly everyMs?: number;
  /** How long the database may not answer, and Temporal or the worker be away, before it is an outage: both are started anew now and then. */
  readonly databaseAwayMs?: number;
  readonly engineAwayMs?: number;
  readonly steadyMs?: number;
}

const EVERY_MS = 10 * SECOND;
/** A process that keeps the watch and says nothing for so long has lost it: longer than telling takes. */
const HELD_SECONDS = 60;
const SEND_WITHIN_MS = 20 * SECOND;
/** What could not be told is tried again so much later. */
const AGAIN_MS = MINUTE;
/** Paging works again when it has worked for so long: what comes and goes is one outage. */
const STEADY_MS = MINUTE;

/** How long a condition has held in a row. */
function stopwatch(): (holds: boolean, now: Instant) => number {
  let since: Instant | undefined;
  return (holds, now) => {
    since = holds ? (since ?? now) : undefined;
    return since === undefined ? 0 : now - since;
  };
}

type Say = (telling: Omit<Telling, 'address' | 'publicUrl'>) => Promise<boolean>;

/** Tells the operators, in each way that there is. @returns whether one of them got through, or there is none */
function createSay({ publicUrl, channels, log, ...addresses }: WatchOptions): Say {
  const ways = (['email', 'webhook'] as const).flatMap((way) => {
    const address = addresses[way];
    return address === undefined ? [] : [{ way, address }];
  });
  return async (telling) => {
    const outcomes = await Promise.allSettled(
      ways.map(({ way, address }) =>
        channels[way].send(
          watchMessage({ ...telling, publicUrl, address }),
          AbortSignal.timeout(SEND_WITHIN_MS),
        ),
      ),
    );
    for (const outcome of outcomes) {
      if (outcome.status === 'fulfilled') continue;
      log.error({ err: outcome.reason as unknown }, 'the watch could not tell the operators');
    }
    return ways.length === 0 || outcomes.some(({ status }) => status === 'fulfilled');
  };
}

/** Tells of one kind of outage what is to be told now. @returns the outage as it is known then */
type Follow = (
  outage: Outage | null,
  troubles: readonly string[],
  now: Instant,
) => Promise<Outage | null>;

function createFollow(say: Say, { log, steadyMs = STEADY_MS }: WatchOptions): Follow {
  const steady = stopwatch();
  let triedAt = -Infinity;
  return async (outage, troubles, now) => {
    const isOut = troubles.length > 0;
    const steadyFor = steady(!isOut, now);
    if (outage === null && !isOut) return null;
    const known = seen(outage, now);
    if (!isOut && steadyFor < steadyMs) return known;
    const word = wordFor(known, isOut, now);
    if (word === undefined) return isOut ? known : null;
    if (now - triedAt < AGAIN_MS) return known;
    triedAt = now;
    if (isOut) log.error({ troubles }, 'paging is out');
    else log.info('paging works again');
    if (!(await say({ word, outage: known, troubles, now }))) return known;
    triedAt = -Infinity;
    return told(known, word, now);
  };
}

/**
 * Watches over paging, and tells the operators when it is out: once, every half an hour, and when it works again. It needs neither Temporal nor the
 * worker. Of several API processes the one that holds a row tells; without a database there is none, and each tells for itself.
 */
export function startWatch(options: WatchOptions): Repeated {
  const { pool, log, temporalHealth, everyMs = EVERY_MS } = options;
  const { databaseAwayMs = 30 * SECOND, engineAwayMs = 2 * MINUTE } = options;
  const holder = randomUUID();
  const say = createSay(options);
  const followPaging = createFollow(say, options);
  const followDatabase = createFollow(say, options);
  const engineAway = stopwatch();
  const databaseAway = stopwatch();
  /** The outage of the database, as this process alone knows it. */
  let own: Outage | null = null;

  /** What is out by the database and by Temporal's word; empty: paging works. */
  const pagingTroubles = async (now: Instant): Promise<string[]> => {
    const [paging, { workers, detail }] = await Promise.all([
      readPaging(pool, now),
      temporalHealth(),
    ]);
    const late = Object.values(paging).flatMap((part) => (part.isLate ? [part.detail] : []));
    return engineAway(!workers, now) >= engineAwayMs ? [...late, detail] : late;
  };

  const look = async (): Promise<void> => {
    const now = Date.now();
    try {
      const held = await holdWatch(pool, holder, HELD_SECONDS);
      if (held !== undefined) {
        const troubles = await pagingTroubles(now);
        await noteOutage(pool, holder, await followPaging(held.outage, troubles, now));
      }
      databaseAway(false, now);
      own = await followDatabase(own, [], now);
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      const isOut = databaseAway(true, now) >= databaseAwayMs;
      if (isOut) own = await followDatabase(own, ['PostgreSQL does not answer'], now);
    }
  };

  const watching = every(everyMs, look, (error) => {
    log.error({ err: error }, 'the watch over paging failed; it goes on');
  });
  return {
    async stop() {
      await watching.stop();
      await leaveWatch(pool, holder).catch(() => undefined);
    },
  };
}
