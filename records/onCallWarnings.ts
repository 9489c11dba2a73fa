import {
  endWarnings,
  lockWarnings,
  standingWarnings,
  storeMessage,
  storeWarning,
  toldOf,
} from '../db/onCallWarnings.ts';
import type { ToldWarning, WarningAddress } from '../db/onCallWarnings.ts';
import { inTransaction } from '../db/pool.ts';
import type { Queryable } from '../db/pool.ts';
import { scheduleIds } from '../db/schedules.ts';
import { resolveTargets } from '../domain/escalation/resolve.ts';
import type { LiveFacts, Resolved } from '../domain/escalation/resolve.ts';
import type { Urgency } from '../domain/notification/rules.ts';
import { isSameGap, planWarnings } from '../domain/onCall/coverage.ts';
import type { GapWarning } from '../domain/onCall/coverage.ts';
import { whomToWarn } from '../domain/onCall/whomToWarn.ts';
import { entry } from '../domain/policy.ts';
import type { Policy } from '../domain/policy.ts';
import { DAY, HOUR } from '../domain/time.ts';
import type { Instant } from '../domain/time.ts';
import { contactsOf, unreachablePeople } from './contactPlan.ts';
import { findCoverageGaps, schedulesInUse } from './coverage.ts';
import type { KnownGap } from './coverage.ts';
import type { Engine } from './engine.ts';
import { MOST_SCHEDULES } from './scheduleChanges.ts';
import { OUTLOOK } from './scheduleOutlook.ts';

/** As every other message. */
const GIVE_UP_AFTER = 6 * HOUR;

/** The last warning before a gap is worth waking somebody. */
function urgencyOf({ lead }: GapWarning, { body }: Policy): Urgency {
  return lead === Math.min(...body.onCall.warnBefore) ? 'interrupting' : 'deferrable';
}

/** Where people and places are told now, in all of their ways. */
async function addressesOf(
  tx: Queryable,
  { people, channels }: Resolved,
  policy: Policy,
  urgency: Urgency,
  now: Instant,
): Promise<readonly WarningAddress[]> {
  const persons = people.map(({ person }) => person);
  const contacts = await contactsOf(tx, policy, persons);
  const ofPeople = persons.flatMap((person) =>
    contacts.planFor(person, urgency, now).notifications.map(({ method, kind, at }) => ({
      ...{ person, channel: kind, method, urgency, dueAt: at },
    })),
  );
  const ofPlaces = channels.flatMap((namedChannel) => {
    const place = entry(policy.body.channels, namedChannel);
    return place === undefined ? [] : [{ namedChannel, channel: place.kind, urgency, dueAt: now }];
  });
  return [...ofPeople, ...ofPlaces];
}

/** Who can mend what a schedule does not cover, and can be reached; nobody: it is tried again later. */
function receiversOf(schedule: string, facts: LiveFacts): Resolved | undefined {
  return whomToWarn(facts.policy.body, schedule)
    .map((to) => resolveTargets({ to: [...to] }, facts))
    .find(({ people, channels }) => people.length + channels.length > 0);
}

/** Warnings by where they go: a receiver hears of all of them in one message. */
class Messages {
  readonly #byAddress = new Map<string, { address: WarningAddress; warnings: string[] }>();

  add(address: WarningAddress, warning: string): void {
    const key = JSON.stringify(address);
    const known = this.#byAddress.get(key) ?? { address, warnings: [] };
    this.#byAddress.set(key, { address, warnings: [...known.warnings, warning] });
  }

  async store(tx: Queryable): Promise<void> {
    for (const { address, warnings } of this.#byAddress.values()) {
      await storeMessage(tx, {
        ...address,
        warnings,
        giveUpAt: address.dueAt + GIVE_UP_AFTER,
      });
    }
  }
}

/**
 * Finds what the schedules of escalations do not cover, and plans who is told of it, each once for each of the policy's times before it. Warnings of what
 * is mended end, and their messages that were not sent yet with them. Several processes may do it at once.
 * @returns of which gaps nobody can be told: they are tried again
 */
export async function planOnCallWarnings(engine: Engine): Promise<readonly KnownGap[]> {
  const { pool } = engine;
  const now = engine.clock();
  const until = now + OUTLOOK;
  const policy = await engine.policies.active(pool);
  const ids = schedulesInUse(policy);
  const gaps = await findCoverageGaps(engine, policy, ids, now, until);
  const schedules = await engine.schedules.standing(pool, ids, now);
  return inTransaction(pool, async (tx) => {
    await lockWarnings(tx);
    const { warnBefore } = policy.body.onCall;
    const { due, ended } = planWarnings(gaps, await standingWarnings(tx), warnBefore, now, until);
    if (ended.length > 0) {
      await endWarnings(
        tx,
        ended.map(({ id }) => id),
        now,
      );
    }
    if (due.length === 0) return [];
    const unreachable = await unreachablePeople(tx, policy, now);
    const facts = { now, policy, schedules, turns: {}, unreachable, acknowledged: new Set('') };
    const messages = new Messages();
    const untold: KnownGap[] = [];
    for (const warning of due) {
      const receivers = receiversOf(warning.schedule, facts);
      if (receivers === undefined) {
        untold.push(warning);
        continue;
      }
      const id = await storeWarning(tx, warning, now);
      const urgency = urgencyOf(warning, policy);
      for (const address of await addressesOf(tx, receivers, policy, urgency, now)) {
        messages.add(address, id);
      }
    }
    await messages.store(tx);
    return untold;
  });
}

/** How far ahead warnings are shown. */
const SHOWN_AHEAD = 7 * DAY;

/** A coverage gap, and who was told of it. */
export interface ShownWarning extends KnownGap {
  readonly told: readonly ToldWarning[];
}

/**
 * What schedules do not cover in the coming week, the next first, with who was told: everybody's shifts whom no page reaches, and of the schedules
 * by which escalations page the times at which nobody is on call.
 */
export async function listOnCallWarnings(
  engine: Engine,
  now: Instant,
): Promise<readonly ShownWarning[]> {
  const { pool } = engine;
  const policy = await engine.policies.active(pool);
  const inUse = schedulesInUse(policy);
  const ids = await scheduleIds(pool, MOST_SCHEDULES);
  const found = await findCoverageGaps(engine, policy, ids, now, now + SHOWN_AHEAD);
  const standing = await standingWarnings(pool);
  const told = await toldOf(
    pool,
    standing.map(({ id }) => id),
  );
  return found
    .filter(({ person, schedule }) => person !== null || inUse.includes(schedule))
    .map((gap) => {
      const about = standing.filter((warning) => isSameGap(warning, gap)).map(({ id }) => id);
      return { ...gap, told: told.filter(({ warning }) => about.includes(warning)) };
    });
}
