import type { Request, Router } from 'express';
import { groupings, reportCsv } from '../../domain/report.ts';
import type { Grouping } from '../../domain/report.ts';
import { DAY, toIso } from '../../domain/time.ts';
import type { Instant } from '../../domain/time.ts';
import type { Engine } from '../../records/engine.ts';
import { incidentReport } from '../../records/report.ts';
import type { ReportQuestion } from '../../records/report.ts';
import { requireRole } from '../auth.ts';
import type { ReportView } from '../contract/reports.ts';
import { Query } from '../query.ts';
import { methods } from '../route.ts';

const USUAL_PERIOD = 30 * DAY;

function readQuestion(req: Request, now: Instant): ReportQuestion & { format: string } {
  const query = new Query(req, ['from', 'to', 'by', 'format']);
  const to = query.moment('to') ?? now;
  const from = query.moment('from') ?? to - USUAL_PERIOD;
  if (from >= to) query.refuse('from', 'must lie before to');
  const by = query.one('by') ?? 'none';
  if (!(groupings as readonly string[]).includes(by)) {
    query.refuse('by', `must be one of ${groupings.join(', ')}`);
  }
  const format = query.one('format') ?? 'json';
  if (format !== 'json' && format !== 'csv') query.refuse('format', 'must be json or csv');
  return { from, to, by: by as Grouping, format };
}

/** Reports on incidents, as JSON or CSV. Never for people who only ask: they would learn of others' incidents. */
export function reportRoutes(router: Router, engine: Engine): void {
  methods(router, '/api/v1/reports/incidents', {
    get: async (req, res) => {
      requireRole(res, 'report', ['agent', 'resolver', 'manager']);
      const { format, ...question } = readQuestion(req, engine.clock());
      const report = await incidentReport(engine, question);
      if (format === 'csv') {
        res.set('Content-Disposition', 'attachment; filename="incidents.csv"');
        res.setHeader('Content-Type', 'text/csv; header=present; charset=utf-8');
        res.end(reportCsv(report));
        return;
      }
      const { from, to, at, groups, ...rest } = report;
      const view = {
        ...rest,
        groups: [...groups],
        from: toIso(from),
        to: toIso(to),
        at: toIso(at),
      };
      res.json(view satisfies ReportView);
    },
  });
}
