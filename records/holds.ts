import { heldRecords, pagedIncidentsOf } from '../db/holds.ts';
import { markReleased, windowsToRelease } from '../db/maintenance.ts';
import { systemActor } from '../domain/actor.ts';
import { dependenciesOf } from '../domain/maintenance/dependencies.ts';
import { heldBack } from '../domain/maintenance/heldBack.ts';
import type { Held } from '../domain/maintenance/heldBack.ts';
import { inhibitionsOf } from '../domain/maintenance/inhibition.ts';
import { entry } from '../domain/policy.ts';
import type { Policy } from '../domain/policy.ts';
import type { RecordState } from '../domain/process.ts';
import type { Instant } from '../domain/time.ts';
import { commit } from './commit.ts';
import type { Engine } from './engine.ts';
import { standingWindows } from './maintenance.ts';

/**
 * What holds back the pages of a record now: a maintenance window, or an incident of something that its service depends on.
 * @param policy the one in force
 * @param isMaintained false where it is known that no maintenance window stands
 */
export async function holdOf(
  engine: Engine,
  policy: Policy,
  record: RecordState,
  now: Instant,
  isMaintained = true,
): Promise<Held | undefined> {
  const { service, ci, major, escalateAnyway } = record.fields;
  if (typeof service !== 'string') return undefined;
  const { services } = policy.body;
  const dependencies =
    entry(services, service) === undefined ? [] : dependenciesOf(services, service);
  const [windows, paged] = await Promise.all([
    isMaintained ? standingWindows(engine.pool, now) : [],
    dependencies.length === 0 ? [] : pagedIncidentsOf(engine.pool, dependencies),
  ]);
  const subject = {
    service,
    ci: typeof ci === 'string' ? ci : null,
    major: major === 'accepted',
    isAskedFor: escalateAnyway === true,
  };
  return heldBack(subject, windows, inhibitionsOf(services, service, paged), now);
}

/**
 * What held back pages is over, or is not what it was: the escalations that wait for it look again, and page what is still wanted.
 * @param by ids of maintenance windows, or numbers of incidents
 * @throws AggregateError for the records that could not be released; all others are
 */
export async function releaseHeld(
  engine: Engine,
  by: readonly string[],
  now: Instant,
): Promise<void> {
  const faults: unknown[] = [];
  for (const { number, seq, organisation } of await heldRecords(engine.pool, by)) {
    const actor = systemActor('release', organisation);
    const commandId = `${number}/release/${seq}`;
    // Refused when somebody answered meanwhile: then nothing waits any more.
    await commit(engine, number, 'releasePages', {}, { actor, now, commandId }).catch(
      (error: unknown) => faults.push(error),
    );
  }
  if (faults.length > 0) throw new AggregateError(faults, `${faults.length} are held back still`);
}

const WINDOWS_AT_ONCE = 100;

/**
 * Releases what maintenance windows held back that were changed since. Whoever changes a window calls it after the change; whatever keeps them from it
 * is mended by the worker, which calls it now and then.
 * @returns the faults of those that are still to be released
 */
export async function releaseChangedWindows(engine: Engine): Promise<readonly unknown[]> {
  const faults: unknown[] = [];
  for (const window of await windowsToRelease(engine.pool, WINDOWS_AT_ONCE)) {
    try {
      await releaseHeld(engine, [window.id], engine.clock());
      await markReleased(engine.pool, window);
    } catch (error) {
      faults.push(error);
    }
  }
  return faults;
}
