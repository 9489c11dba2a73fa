import { createHash, randomBytes } from 'node:crypto';
import type { Queryable } from '../db/pool.ts';
import { inTransaction } from '../db/pool.ts';
import {
  addFeed,
  feedByHash,
  findFeed,
  revokeFeed as storeRevocation,
} from '../db/scheduleFeeds.ts';
import type { FeedSubject, StoredFeed } from '../db/scheduleFeeds.ts';
import { findSchedule, scheduleIds } from '../db/schedules.ts';
import { hasRole } from '../domain/actor.ts';
import type { Actor } from '../domain/actor.ts';
import type { DomainError, Result } from '../domain/errors.ts';
import { ok, refuse } from '../domain/errors.ts';
import type { StandingSchedule } from '../domain/escalation/resolve.ts';
import { feedUid } from '../domain/iCalendar/feed.ts';
import type { FeedShift } from '../domain/iCalendar/feed.ts';
import { shifts } from '../domain/onCall/shifts.ts';
import type { Shift } from '../domain/onCall/shifts.ts';
import { personFeedForbidden } from '../domain/onCall/whoMay.ts';
import { entry } from '../domain/policy.ts';
import type { Policy } from '../domain/policy.ts';
import { DAY } from '../domain/time.ts';
import type { Instant } from '../domain/time.ts';
import { actorName, recordChange } from './auditLog.ts';
import type { Engine } from './engine.ts';
import { once } from './once.ts';
import type { Asking } from './once.ts';
import { MOST_SCHEDULES, noSchedule } from './scheduleChanges.ts';

/** Which shifts a feed shows, around now. */
const SHOWN_BACK = 30 * DAY;
const SHOWN_AHEAD = 120 * DAY;
/** A shift that runs into what is shown is told whole when it began at most so long before: cut, it would be another one each day. */
const LONGEST_WHOLE = 92 * DAY;

const TOKEN = /^[\w-]{43}$/;

const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest();

export interface CreatedFeed {
  readonly feed: StoredFeed;
  /** Null when an earlier request with the same Idempotency-Key made it: only its answer had the token. */
  readonly token: string | null;
}

/** Why feeds of a subject are not somebody's to make, list or revoke. Those of a schedule are everybody's who may see it. */
export function feedForbidden(of: FeedSubject, actor: Actor): DomainError | undefined {
  return 'person' in of ? personFeedForbidden(of.person, actor) : undefined;
}

async function missing(
  engine: Engine,
  db: Queryable,
  of: FeedSubject,
): Promise<DomainError | undefined> {
  if ('schedule' in of) {
    return (await findSchedule(db, of.schedule)) === undefined ? noSchedule : undefined;
  }
  const { people } = (await engine.policies.active(db)).body;
  if (entry(people, of.person)?.active === true) return undefined;
  return { kind: 'notFound', what: 'this person' };
}

/** Makes a feed behind a new token. */
export function createFeed(
  engine: Engine,
  of: FeedSubject,
  asking: Asking,
): Promise<Result<CreatedFeed>> {
  const { actor, now } = asking;
  const token = randomBytes(32).toString('base64url');
  return inTransaction(engine.pool, async (tx) => {
    const refusal = feedForbidden(of, actor) ?? (await missing(engine, tx, of));
    if (refusal !== undefined) return refuse(refusal);
    const made = await once(tx, asking, { create: 'feed', ...of }, async () => {
      const id = `feed_${randomBytes(12).toString('hex')}`;
      await addFeed(tx, { id, of }, hashOf(token), actor.id, now);
      const data = { id, ...of };
      await recordChange(tx, { kind: 'feedCreated', actor: actorName(actor), at: now, data });
      return ok(id);
    });
    if (!made.ok) return made;
    const feed = await findFeed(tx, made.value.id);
    if (feed === undefined) return refuse({ kind: 'notFound', what: 'this feed' });
    return ok({ feed, token: made.value.repeated ? null : token });
  });
}

/** Revokes a feed for good: for who made it, whose shifts it shows, and managers. Again, it changes nothing. */
export function revokeFeed(
  engine: Engine,
  id: string,
  { actor, now }: Asking,
): Promise<Result<StoredFeed>> {
  return inTransaction(engine.pool, async (tx) => {
    const feed = await findFeed(tx, id);
    if (feed === undefined) return refuse({ kind: 'notFound', what: 'this feed' });
    const own = feed.createdBy === actor.id || ('person' in feed.of && feed.of.person === actor.id);
    if (!own && !hasRole(actor, ['manager'])) {
      const { roles } = actor;
      const command = 'revoke the feeds of others';
      return refuse({ kind: 'forbidden', command, roles, needed: ['manager'] });
    }
    if (await storeRevocation(tx, id, actor.id, now)) {
      const data = { id, ...feed.of };
      await recordChange(tx, { kind: 'feedRevoked', actor: actorName(actor), at: now, data });
    }
    return ok({ ...feed, revokedAt: feed.revokedAt ?? now });
  });
}

interface Shown {
  readonly id: string;
  readonly standing: StandingSchedule;
  readonly window: { readonly from: Instant; readonly to: Instant };
  readonly host: string;
}

/** One schedule's shifts as subscribers see them. @param summary of a shift */
function shownShifts(
  { id, standing: { schedule, overrides }, window, host }: Shown,
  isShown: (shift: Shift) => boolean,
  summary: (shift: Shift) => string,
): FeedShift[] {
  return shifts(schedule, overrides, window.from - LONGEST_WHOLE, window.to)
    .filter((shift) => shift.to > window.from && isShown(shift))
    .map((shift) => ({
      uid: feedUid({ schedule: id, person: shift.person, from: shift.from }, host),
      from: shift.from,
      to: shift.to,
      summary: summary(shift),
    }));
}

const nameOf = (policy: Policy, person: string): string =>
  entry(policy.body.people, person)?.name ?? person;

/** What a subscriber sees. */
export interface FeedContent {
  readonly name: string;
  readonly shifts: readonly FeedShift[];
}

/**
 * What the feed behind a token shows now; undefined for a token that is unknown or revoked, and for a person who left.
 * @param host of this installation, for the UIDs
 */
export async function readFeed(
  engine: Engine,
  token: string,
  host: string,
  now: Instant,
): Promise<FeedContent | undefined> {
  const { pool } = engine;
  const feed = TOKEN.test(token) ? await feedByHash(pool, hashOf(token)) : undefined;
  if (feed === undefined || (await missing(engine, pool, feed.of)) !== undefined) return undefined;
  const { of } = feed;
  const policy = await engine.policies.active(pool);
  // Whole days, so that the ends of the window do not make a new feed of every look.
  const today = Math.floor(now / DAY) * DAY;
  const window = { from: today - SHOWN_BACK, to: today + SHOWN_AHEAD };
  const ids = 'schedule' in of ? [of.schedule] : await scheduleIds(pool, MOST_SCHEDULES);
  const standing = await engine.schedules.standing(
    pool,
    ids,
    window.from - LONGEST_WHOLE,
    window.to,
  );
  const shown = Object.entries(standing).map(([id, one]) => ({ id, standing: one, window, host }));
  const [only] = shown;
  if ('schedule' in of && only !== undefined) {
    return {
      name: only.standing.schedule.name,
      shifts: shownShifts(
        only,
        () => true,
        ({ person }) => nameOf(policy, person),
      ),
    };
  }
  if (!('person' in of)) return undefined;
  return {
    name: `On call: ${nameOf(policy, of.person)}`,
    shifts: shown.flatMap((one) =>
      shownShifts(
        one,
        ({ person }) => person === of.person,
        () => one.standing.schedule.name,
      ),
    ),
  };
}
