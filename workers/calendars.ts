import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Calendars } from '../channels/calendars/index.ts';
import { refreshDueCalendar } from '../channels/calendars/refreshCalendar.ts';
import type { Engine } from '../records/engine.ts';

export interface CalendarRefreshOptions {
  readonly engine: Engine;
  readonly log: Logger;
  readonly calendars: Calendars;
  /** How often it looks whether a calendar is due. */
  readonly everyMs?: number;
}

/** Keeps imported calendars fresh. When each is due is in the database, so several workers share the work and none is forgotten. */
export function startCalendarRefresh({
  engine,
  log,
  calendars,
  everyMs = 15_000,
}: CalendarRefreshOptions): { stop(): Promise<void> } {
  const stopped = new AbortController();

  /** Whether another calendar may be due at once. */
  const round = async (): Promise<boolean> => {
    try {
      const schedule = await refreshDueCalendar(engine, calendars, stopped.signal);
      if (schedule !== undefined) log.info({ schedule }, 'calendar looked at');
      return schedule !== undefined;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      log.warn({ error: message }, 'a calendar could not be refreshed this time');
      return false;
    }
  };

  const loop = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      if (await round()) continue;
      await sleep(everyMs, undefined, { signal: stopped.signal }).catch(() => undefined);
    }
  };

  const running = loop();
  return {
    async stop() {
      stopped.abort();
      await running;
    },
  };
}
