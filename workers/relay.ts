import type { Logger } from 'pino';
import { overdueRecords } from '../db/records.ts';
import { recordsLeftBehind } from '../db/policies.ts';
import type { Pool } from '../db/pool.ts';
import { addWakes, returnWakes, takeWakes, wakesUnderWay } from '../db/wakes.ts';
import type { Wake } from '../db/wakes.ts';
import { LAST_INTERRUPTING } from '../domain/precedence.ts';
import { toIso } from '../domain/time.ts';

export interface RelayOptions {
  readonly pool: Pool;
  readonly log: Logger;
  /** The id of the Temporal namespace that `send` reaches: while another one drives the records, nothing is sent. */
  readonly driver: string;
  /** Called in each round in which another namespace drives the records. */
  readonly onSuperseded?: () => Promise<void> | void;
  /** Starts the record's workflow or signals the one that runs. */
  readonly send: (wake: Wake) => Promise<void>;
  /** How many records may have been woken without having looked yet: what keeps a burst from flooding the server, and the next page from waiting behind it. */
  readonly bound?: number;
  /** How many of them may interrupt nobody: what a page finds under way before it. */
  readonly ordinaryBound?: number;
  /** A wake that was not answered for so long is sent again. */
  readonly lostAfterSeconds?: number;
  readonly sweepEveryMs?: number;
}

export interface Relay {
  /** There may be something to send. */
  poke(): void;
  stop(): Promise<void>;
}

/** So many pages reach Temporal at once that it is there, by priority, and not here that a thousand of one instant go before ordinary work. */
const BOUND = 100;
const ORDINARY_BOUND = 12;
const IDLE_MS = 1_000;
const FULL_MS = 25;
const SUPERSEDED_MS = 5_000;
const LONGEST_BACKOFF_MS = 10_000;
/** A record counts as forgotten when its due moment passed this long ago. */
const OVERDUE_MS = 30_000;
const SWEEP_LIMIT = 500;

/**
 * Delivers wakes: the highest priority first, never more under way than the bound, no transaction open while it calls out. A wake is deleted by
 * the workflow that answers it, so that nothing is lost when this process, the workflow's worker or the server dies in between.
 */
export function startRelay(options: RelayOptions): Relay {
  const { pool, log, driver, send, onSuperseded } = options;
  const { bound = BOUND } = options;
  const { ordinaryBound = Math.min(ORDINARY_BOUND, Math.ceil(bound * 0.6)) } = options;
  const { lostAfterSeconds = 30, sweepEveryMs = 15_000 } = options;
  let stopped = false;
  let failures = 0;
  let sweptAt = 0;
  let moreLeftBehind = false;
  let wakeUp: () => void = () => undefined;
  let poked = false;
  const isPoked = (): boolean => poked;

  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  /** Sends under way: the next round does not wait for them, so that a P1 never waits for the slowest of a batch. */
  const sends = new Set<Promise<void>>();
  let goOnAt = 0;

  /** Those that fail together count once. */
  const failed = (error: unknown): void => {
    if (Date.now() < goOnAt) return;
    failures += 1;
    const backoff = Math.min(LONGEST_BACKOFF_MS, 250 * 2 ** failures);
    goOnAt = Date.now() + backoff * (0.5 + Math.random() / 2);
    const message = error instanceof Error ? error.message : String(error);
    log.warn({ failures, error: message }, 'wakes wait: they could not be delivered');
  };

  const deliver = async (wake: Wake): Promise<void> => {
    try {
      await send(wake);
      failures = 0;
    } catch (error) {
      failed(error);
      await returnWakes(pool, [wake.number]);
    }
  };

  const begin = (wake: Wake): void => {
    const work = deliver(wake)
      .catch(failed)
      .finally(() => sends.delete(work));
    sends.add(work);
  };

  /** Finds what no wake waits for: lost ones, and the wave of a policy, which goes on whenever what was found last has been sent. */
  const sweep = async (): Promise<void> => {
    sweptAt = Date.now();
    const overdue = await overdueRecords(pool, toIso(sweptAt - OVERDUE_MS), SWEEP_LIMIT);
    if (overdue.length > 0) await addWakes(pool, overdue);
    const leftBehind = await recordsLeftBehind(pool, SWEEP_LIMIT);
    if (leftBehind.length > 0) await addWakes(pool, leftBehind);
    moreLeftBehind = leftBehind.length === SWEEP_LIMIT;
  };

  /** One round; the time to wait before the next. */
  const round = async (): Promise<number> => {
    if (Date.now() - sweptAt >= sweepEveryMs) await sweep();
    const underWay = await wakesUnderWay(pool, lostAfterSeconds, driver);
    if (underWay === undefined) {
      await onSuperseded?.();
      return SUPERSEDED_MS;
    }
    const ordinaryRoom = ordinaryBound - underWay;
    const room = ordinaryRoom > 0 ? ordinaryRoom : bound - underWay;
    if (room <= 0) return FULL_MS;
    const upTo = ordinaryRoom > 0 ? undefined : LAST_INTERRUPTING;
    const wakes = await takeWakes(pool, room, lostAfterSeconds, driver, upTo);
    wakes.forEach(begin);
    if (wakes.length > 0) return 0;
    if (ordinaryRoom <= 0) return FULL_MS;
    if (moreLeftBehind) await sweep();
    else return IDLE_MS;
    return 0;
  };

  const loop = async (): Promise<void> => {
    while (!stopped) {
      poked = false;
      let wait: number;
      try {
        wait = await round();
      } catch (error) {
        failed(error);
        wait = 0;
      }
      if (failures > 0) wait = Math.max(wait, goOnAt - Date.now());
      // A poke during the round counts; one during a back-off must not end it.
      if (wait > 0 && !(isPoked() && wait === IDLE_MS)) await pause(wait);
    }
  };

  const running = loop();
  return {
    poke() {
      poked = true;
      if (failures === 0) wakeUp();
    },
    async stop() {
      stopped = true;
      wakeUp();
      await running;
      await Promise.all(sends);
    },
  };
}
