import type { RequestHandler, Router } from 'express';
import { scheduleIds } from '../../db/schedules.ts';
import { fairness } from '../../domain/onCall/fairness.ts';
import { gaps, overlaps } from '../../domain/onCall/gaps.ts';
import { shifts } from '../../domain/onCall/shifts.ts';
import type { Window } from '../../domain/onCall/window.ts';
import { entry } from '../../domain/policy.ts';
import type { Policy } from '../../domain/policy.ts';
import { DAY, toIso } from '../../domain/time.ts';
import type { Instant } from '../../domain/time.ts';
import type { Engine } from '../../records/engine.ts';
import { MOST_SCHEDULES } from '../../records/scheduleChanges.ts';
import { OUTLOOK } from '../../records/scheduleOutlook.ts';
import { requireRole } from '../auth.ts';
import type { FairnessView, OnCallList, OnCallView, ShiftsView } from '../contract/schedules.ts';
import { Query } from '../query.ts';
import { methods, param } from '../route.ts';
import { desk, standingOf } from './schedulesAccess.ts';
import { onCallView, shiftView, stretchView } from './schedulesViews.ts';

/** How long a window of shifts, and one of fairness, may be, and is when it is not said. */
const SHIFTS = { most: 180, usual: 28 };
const FAIRNESS = { most: 366, usual: 90 };

/** @param days how long it may be, and is unless it is said */
function readWindow(query: Query, now: Instant, { most, usual }: typeof SHIFTS): Window {
  const from = query.moment('from') ?? now;
  const to = query.moment('to') ?? from + usual * DAY;
  if (from >= to) query.refuse('to', 'must lie behind from');
  if (to - from > most * DAY) query.refuse('to', `must lie at most ${most} days behind from`);
  return { from, to };
}

function showingOnCall(engine: Engine): RequestHandler {
  return async (req, res) => {
    requireRole(res, 'see who is on call', desk);
    const at = new Query(req, ['at']).moment('at') ?? engine.clock();
    const id = param(req, 'id');
    const standing = await standingOf(engine, id, at, at + OUTLOOK);
    const policy = await engine.policies.active(engine.pool);
    res.json(onCallView(id, standing, policy, at) satisfies OnCallView);
  };
}

/** All schedules; of a person, those in which they are on call. */
function listingOnCall(engine: Engine): RequestHandler {
  return async (req, res) => {
    requireRole(res, 'see who is on call', desk);
    const query = new Query(req, ['at', 'person']);
    const at = query.moment('at') ?? engine.clock();
    const person = query.one('person');
    const { pool } = engine;
    const ids = await scheduleIds(pool, MOST_SCHEDULES);
    const standing = await engine.schedules.standing(pool, ids, at, at + OUTLOOK);
    const policy = await engine.policies.active(pool);
    const items = ids
      .flatMap((id) => (standing[id] ? [onCallView(id, standing[id], policy, at)] : []))
      .filter(({ onCall }) => person === undefined || onCall.some((one) => one.person === person));
    res.json({ at: toIso(at), items } satisfies OnCallList);
  };
}

function showingShifts(engine: Engine): RequestHandler {
  return async (req, res) => {
    requireRole(res, 'see shifts', desk);
    const { from, to } = readWindow(new Query(req, ['from', 'to']), engine.clock(), SHIFTS);
    const id = param(req, 'id');
    const { version, schedule, overrides } = await standingOf(engine, id, from, to);
    res.json({
      schedule: id,
      version,
      ...stretchView({ from, to }),
      shifts: shifts(schedule, overrides, from, to).map(shiftView),
      gaps: gaps(schedule, overrides, from, to).map(stretchView),
      overlaps: overlaps(schedule, overrides, from, to).map((stretch) => ({
        ...stretchView(stretch),
        people: stretch.onCall.map(({ person }) => person),
      })),
    } satisfies ShiftsView);
  };
}

/** The holidays of the calendar that the caller names; none when none is named. */
function readHolidays(query: Query, policy: Policy): readonly string[] {
  const name = query.one('calendar');
  if (name === undefined) return [];
  const calendar = entry(policy.body.calendars, name);
  if (calendar === undefined) {
    const known = Object.keys(policy.body.calendars).join(', ');
    return query.refuse('calendar', `is not in the policy's calendars, which has: ${known}`);
  }
  return 'holidays' in calendar ? calendar.holidays : [];
}

function showingFairness(engine: Engine): RequestHandler {
  return async (req, res) => {
    requireRole(res, 'see fairness', desk);
    const query = new Query(req, ['from', 'to', 'calendar']);
    const { from, to } = readWindow(query, engine.clock(), FAIRNESS);
    const holidays = readHolidays(query, await engine.policies.active(engine.pool));
    const id = param(req, 'id');
    const { version, schedule, overrides } = await standingOf(engine, id, from, to);
    const share = ({ count, time }: { count: number; time: number }) => ({ count, ms: time });
    res.json({
      schedule: id,
      version,
      ...stretchView({ from, to }),
      people: fairness(schedule, overrides, from, to, holidays).map((load) => ({
        person: load.person,
        shifts: load.shifts,
        ms: load.time,
        nights: share(load.nights),
        weekends: share(load.weekends),
        holidays: share(load.holidays),
      })),
    } satisfies FairnessView);
  };
}

/** Who is on call, when, and how it is shared. */
export function scheduleOnCallRoutes(router: Router, engine: Engine): void {
  const one = '/api/v1/schedules/:id';
  methods(router, '/api/v1/on-call', { get: listingOnCall(engine) });
  methods(router, `${one}/on-call`, { get: showingOnCall(engine) });
  methods(router, `${one}/shifts`, { get: showingShifts(engine) });
  methods(router, `${one}/fairness`, { get: showingFairness(engine) });
}
