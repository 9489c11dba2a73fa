import { pagesAndAnswers } from '../db/onCallReport.ts';
import { wallClock } from '../domain/onCall/wallClock.ts';
import { onCallReport as reportOf } from '../domain/onCallReport.ts';
import type { OnCallReport } from '../domain/onCallReport.ts';
import type { Instant } from '../domain/time.ts';
import type { Engine } from './engine.ts';

/** What on-call asked of people in [from, to). @param timeZone says where nights and weekends are: an IANA name */
export async function onCallReport(
  { pool }: Engine,
  { from, to, timeZone }: { from: Instant; to: Instant; timeZone: string },
): Promise<OnCallReport> {
  const events = await pagesAndAnswers(pool, from, to);
  return reportOf(events, { from, to }, wallClock(timeZone));
}
