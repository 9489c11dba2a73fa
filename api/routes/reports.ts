import type { Request, RequestHandler, Response, Router } from 'express';
import { onCallReportCsv } from '../../domain/onCallReport.ts';
import { groupings, reportCsv } from '../../domain/report.ts';
import type { Grouping } from '../../domain/report.ts';
import { DAY, toIso } from '../../domain/time.ts';
import type { Instant } from '../../domain/time.ts';
import { isTimeZone } from '../../domain/zone.ts';
import type { Engine } from '../../records/engine.ts';
import { onCallReport } from '../../records/onCallReport.ts';
import { incidentReport } from '../../records/report.ts';
import type { ReportQuestion } from '../../records/report.ts';
import { requireRole } from '../auth.ts';
import type { OnCallReportView, ReportView } from '../contract/reports.ts';
import { Query } from '../query.ts';
import { methods } from '../route.ts';
import { desk } from './schedulesAccess.ts';

const USUAL_PERIOD = 30 * DAY;

const LONGEST_ON_CALL = 366 * DAY;

function readPeriod(query: Query, now: Instant): { from: Instant; to: Instant } {
  const to = query.moment('to') ?? now;
  const from = query.moment('from') ?? to - USUAL_PERIOD;
  if (from >= to) query.refuse('from', 'must lie before to');
  return { from, to };
}

function readFormat(query: Query): 'json' | 'csv' {
  const format = query.one('format') ?? 'json';
  if (format === 'json' || format === 'csv') return format;
  return query.refuse('format', 'must be json or csv');
}

function readQuestion(req: Request, now: Instant): ReportQuestion & { format: string } {
  const query = new Query(req, ['from', 'to', 'by', 'format']);
  const by = query.one('by') ?? 'none';
  if (!(groupings as readonly string[]).includes(by)) {
    query.refuse('by', `must be one of ${groupings.join(', ')}`);
  }
  return { ...readPeriod(query, now), by: by as Grouping, format: readFormat(query) };
}

function readOnCallQuestion(req: Request, now: Instant) {
  const query = new Query(req, ['from', 'to', 'timeZone', 'format']);
  const { from, to } = readPeriod(query, now);
  if (to - from > LONGEST_ON_CALL) query.refuse('from', 'must lie at most 366 days before to');
  const timeZone = query.one('timeZone') ?? 'UTC';
  if (!isTimeZone(timeZone)) {
    query.refuse('timeZone', 'must be the name of a time zone, such as Europe/Berlin');
  }
  return { from, to, timeZone, format: readFormat(query) };
}

function sendCsv(res: Response, name: string, csv: string): void {
  res.set('Content-Disposition', `attachment; filename="${name}.csv"`);
  res.setHeader('Content-Type', 'text/csv; header=present; charset=utf-8');
  res.end(csv);
}

function onCall(engine: Engine): RequestHandler {
  return async (req, res) => {
    requireRole(res, 'report on on-call', desk);
    const { format, ...question } = readOnCallQuestion(req, engine.clock());
    const report = await onCallReport(engine, question);
    if (format === 'csv') {
      sendCsv(res, 'on-call', onCallReportCsv(report));
      return;
    }
    const { from, to, timeZone } = question;
    const { people, total } = report;
    const view = { from: toIso(from), to: toIso(to), timeZone, people: [...people], total };
    res.json(view satisfies OnCallReportView);
  };
}

/** Reports on incidents and on-call, as JSON or CSV. Never for people who only ask: they would learn of others' incidents. */
export function reportRoutes(router: Router, engine: Engine): void {
  methods(router, '/api/v1/reports/incidents', {
    get: async (req, res) => {
      requireRole(res, 'report', desk);
      const { format, ...question } = readQuestion(req, engine.clock());
      const report = await incidentReport(engine, question);
      if (format === 'csv') {
        sendCsv(res, 'incidents', reportCsv(report));
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
  methods(router, '/api/v1/reports/on-call', { get: onCall(engine) });
}
