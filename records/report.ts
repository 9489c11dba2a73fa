import { inTransaction } from '../db/pool.ts';
import { backlog, openedIn, readAtOneMoment, resolvedIn } from '../db/reports.ts';
import { joinFigures } from '../domain/report.ts';
import type { Grouping, Report } from '../domain/report.ts';
import type { Instant } from '../domain/time.ts';
import { incident } from '../processes/incident.ts';
import type { Engine } from './engine.ts';

export interface ReportQuestion {
  readonly from: Instant;
  readonly to: Instant;
  readonly by: Grouping;
}

/** How incidents went: all figures of one moment. What they mean is said in domain/report.ts. */
export async function incidentReport(
  engine: Engine,
  { from, to, by }: ReportQuestion,
): Promise<Report> {
  const at = engine.clock();
  const open = incident.clocks['resolve']?.runsIn ?? [];
  const withdrawn = incident.final.filter((state) => state !== 'closed');
  const scope = { process: incident.name, open, withdrawn, from, to, at, by };
  const parts = await inTransaction(engine.pool, async (tx) => {
    await readAtOneMoment(tx);
    return [await backlog(tx, scope), await resolvedIn(tx, scope), await openedIn(tx, scope)];
  });
  return { process: incident.name, from, to, at, by, ...joinFigures(parts) };
}
