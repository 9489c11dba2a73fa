import express from 'express';
import type { Request, RequestHandler, Response, Router } from 'express';
import type { CalendarSource } from '../../channels/calendars/obtainCalendar.ts';
import { obtainCalendar } from '../../channels/calendars/obtainCalendar.ts';
import { refuse } from '../../domain/errors.ts';
import { MOST_CALENDAR_BYTES } from '../../domain/iCalendar/importShifts.ts';
import { parseInput } from '../../domain/input.ts';
import { gaps } from '../../domain/onCall/gaps.ts';
import { makeSchedule } from '../../domain/onCall/stack.ts';
import type { Instant } from '../../domain/time.ts';
import { findSchedule } from '../../db/schedules.ts';
import { calendarName } from '../../records/calendarName.ts';
import type { Engine } from '../../records/engine.ts';
import type { Asking } from '../../records/once.ts';
import { importOptionsOf, removeCalendar, storeCalendar } from '../../records/scheduleCalendars.ts';
import type { ReadCalendar } from '../../records/scheduleCalendars.ts';
import { noSchedule } from '../../records/scheduleChanges.ts';
import { OUTLOOK } from '../../records/scheduleOutlook.ts';
import { readDefinition } from '../../records/schedules.ts';
import { calendarAddress } from '../contract/schedules.ts';
import type { ImportPreviewView } from '../contract/schedules.ts';
import type { ApiDeps } from '../deps.ts';
import { jsonBody } from '../json.ts';
import { valueOf } from '../result.ts';
import { methods, param } from '../route.ts';
import { askingOf, managers, standingOf } from './schedulesAccess.ts';
import { importedShiftView, stretchView } from './schedulesViews.ts';

const CALENDAR = 'text/calendar';
const MOST_SHOWN = 100;

type ImportDeps = Pick<ApiDeps, 'engine' | 'calendars'>;

const isFile = (req: Request): boolean => typeof req.is(CALENDAR) === 'string';

/** Reads a file as it is, or JSON. */
const body: readonly RequestHandler[] = [
  express.raw({ type: CALENDAR, limit: MOST_CALENDAR_BYTES }),
  ...jsonBody('16kb').map((handler): RequestHandler => (req, res, next) => {
    if (isFile(req)) next();
    else handler(req, res, next);
  }),
];

function sourceOf(req: Request): CalendarSource {
  if (!isFile(req)) return valueOf(parseInput(calendarAddress, req.body));
  const file: unknown = req.body;
  return { file: Buffer.isBuffer(file) ? file : Buffer.alloc(0) };
}

/** The calendar of a request, fetched and read. @throws RequestProblem with each fault by its line */
async function calendarOf(
  { engine, calendars }: ImportDeps,
  req: Request,
  res: Response,
): Promise<ReadCalendar> {
  const options = valueOf(await importOptionsOf(engine, param(req, 'id')));
  const source = sourceOf(req);
  const gone = new AbortController();
  res.once('close', () => {
    gone.abort();
  });
  return valueOf(await obtainCalendar(calendars, source, options, gone.signal));
}

async function previewOf(
  engine: Engine,
  id: string,
  calendar: ReadCalendar,
  now: Instant,
): Promise<ImportPreviewView> {
  const { overrides } = await standingOf(engine, id, now, now + OUTLOOK);
  const stored = (await findSchedule(engine.pool, id)) ?? valueOf(refuse(noSchedule));
  const schedule = makeSchedule(readDefinition(id, stored.definition), calendar.shifts);
  const counts = new Map<string, number>();
  for (const { person } of calendar.shifts) counts.set(person, (counts.get(person) ?? 0) + 1);
  return {
    from: calendarName(calendar),
    people: [...counts].map(([person, shifts]) => ({ person, shifts })),
    total: calendar.shifts.length,
    shifts: calendar.shifts
      .filter(({ to }) => to > now)
      .slice(0, MOST_SHOWN)
      .map(importedShiftView),
    gaps: gaps(schedule, overrides, now, now + OUTLOOK).map(stretchView),
  };
}

function importing(
  deps: ImportDeps,
  what: string,
  keep: (id: string, calendar: ReadCalendar, asking: Asking) => Promise<void>,
  status: number,
): RequestHandler {
  const { engine } = deps;
  return async (req, res) => {
    const asking = askingOf(engine, req, res, what, managers);
    const id = param(req, 'id');
    const calendar = await calendarOf(deps, req, res);
    await keep(id, calendar, asking);
    res.status(status).json(await previewOf(engine, id, calendar, asking.now));
  };
}

function removing(engine: Engine): RequestHandler {
  return async (req, res) => {
    const asking = askingOf(engine, req, res, 'remove a calendar', managers);
    res.json(valueOf(await removeCalendar(engine, param(req, 'id'), asking)));
  };
}

/** Calendars that tell a schedule's shifts: a file as `text/calendar`, or the address of one that is fetched again and again. */
export function scheduleImportRoutes(router: Router, deps: ImportDeps): void {
  const { engine } = deps;
  const all = '/api/v1/schedules/:id/imports';
  const store = async (id: string, calendar: ReadCalendar, asking: Asking): Promise<void> => {
    valueOf(await storeCalendar(engine, id, calendar, asking));
  };
  const nothing = () => Promise.resolve();
  // Whoever may not is told before the body is read.
  const guard: RequestHandler = (req, res, next) => {
    askingOf(engine, req, res, 'import a calendar', managers);
    next();
  };
  methods(router, all, {
    post: [guard, ...body, importing(deps, 'import a calendar', store, 201)],
    delete: removing(engine),
  });
  methods(router, `${all}/check`, {
    post: [guard, ...body, importing(deps, 'check a calendar', nothing, 200)],
  });
}
