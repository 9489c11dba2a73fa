import type { CalendarShift } from '../../domain/onCall/calendarLayer.ts';
import type { StoredCalendar } from '../../db/scheduleCalendars.ts';
import type { StoredFeed } from '../../db/scheduleFeeds.ts';
import type { StoredOverride } from '../../db/scheduleOverrides.ts';
import type { StandingSchedule } from '../../domain/escalation/resolve.ts';
import type { OnCall, Source } from '../../domain/onCall/onCall.ts';
import type { Shift } from '../../domain/onCall/shifts.ts';
import type { Window } from '../../domain/onCall/window.ts';
import { entry } from '../../domain/policy.ts';
import type { Policy } from '../../domain/policy.ts';
import { toIso } from '../../domain/time.ts';
import type { Instant } from '../../domain/time.ts';
import { calendarName } from '../../records/calendarName.ts';
import { outlookAt } from '../../records/scheduleOutlook.ts';
import type { CalendarView, FeedView, OnCallView, OverrideView } from '../contract/schedules.ts';

export function stretchView({ from, to }: Window): { from: string; to: string } {
  return { from: toIso(from), to: toIso(to) };
}

function orNull(at: Instant | null): string | null {
  return at === null ? null : toIso(at);
}

export function shiftView({ person, source, ...shift }: Shift) {
  return { person, ...stretchView(shift), source };
}

export function importedShiftView({ person, uid, ...shift }: CalendarShift) {
  return { person, ...stretchView(shift), uid };
}

function personView(policy: Policy, { person, source }: OnCall) {
  const name = entry(policy.body.people, person)?.name ?? person;
  return { person, name, source: source satisfies Source };
}

const names = (people: readonly OnCall[]) => people.map(({ person }) => person);

/** Who is on call at a moment, and what comes. */
export function onCallView(
  id: string,
  standing: StandingSchedule,
  policy: Policy,
  at: Instant,
): OnCallView {
  const { onCall, nextHandOver, nextGap } = outlookAt(standing, at);
  return {
    schedule: id,
    name: standing.schedule.name,
    version: standing.version,
    at: toIso(at),
    onCall: onCall.map((one) => personView(policy, one)),
    nextHandOver:
      nextHandOver === undefined
        ? null
        : {
            at: toIso(nextHandOver.at),
            leaving: names(nextHandOver.leaving),
            coming: names(nextHandOver.coming),
          },
    nextGap: nextGap === undefined ? null : stretchView(nextGap),
  };
}

export function calendarView(calendar: StoredCalendar | undefined): CalendarView | null {
  if (calendar === undefined) return null;
  const { importedAt, importedBy, readAt, refreshAt, failingSince, lastError } = calendar;
  return {
    from: calendarName(calendar),
    importedAt: toIso(importedAt),
    importedBy,
    readAt: toIso(readAt),
    refreshAt: toIso(refreshAt),
    failingSince: orNull(failingSince),
    lastError,
  };
}

export function overrideView({ override, ...stored }: StoredOverride): OverrideView {
  const { id, kind, person } = override;
  return {
    id,
    schedule: stored.schedule,
    kind,
    person,
    insteadOf: (override.kind === 'replace' ? override.insteadOf : undefined) ?? null,
    ...stretchView(override),
    swap: stored.swap,
    madeAt: toIso(stored.madeAt),
    madeBy: stored.madeBy,
    withdrawnAt: orNull(stored.withdrawnAt),
  };
}

export function feedView({ id, of, createdAt, createdBy, revokedAt }: StoredFeed): FeedView {
  return {
    id,
    schedule: 'schedule' in of ? of.schedule : null,
    person: 'person' in of ? of.person : null,
    createdAt: toIso(createdAt),
    createdBy,
    revokedAt: orNull(revokedAt),
  };
}
