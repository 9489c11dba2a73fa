import { readLateness } from '../db/watch.ts';
import type { Lateness } from '../db/watch.ts';
import type { Queryable } from '../db/pool.ts';
import { formatDuration, SECOND } from '../domain/time.ts';
import type { Instant } from '../domain/time.ts';

/** What pages people may wait so long. */
export const LATE_SECONDS = 30;

/** How paging is, part by part: what is late, in words for an operator. */
export interface PagingPart {
  readonly isLate: boolean;
  readonly detail: string;
}

export type Paging = Readonly<Record<'wakes' | 'pages' | 'timers', PagingPart>>;

function waiting(what: string, count: number, seconds: number): PagingPart {
  const since = count === 0 ? '' : `; the oldest for ${formatDuration(seconds * SECOND)}`;
  return { isLate: count > 0 && seconds > LATE_SECONDS, detail: `${what}: ${count}${since}` };
}

export function pagingOf({ wakes, wakeSeconds, pages, pageSeconds, timers }: Lateness): Paging {
  return {
    wakes: waiting('records that wait for their workflow', wakes, wakeSeconds),
    pages: waiting('pages that are due and were not tried', pages, pageSeconds),
    timers: { isLate: timers > 0, detail: `timers that are more than a minute late: ${timers}` },
  };
}

/** How paging is, by the database alone. @param now by the clock of this process */
export async function readPaging(db: Queryable, now: Instant): Promise<Paging> {
  return pagingOf(await readLateness(db, now));
}
