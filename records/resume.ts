import { isDriver, Superseded } from '../db/identity.ts';
import { takePlan } from '../db/plan.ts';
import type { PlanRow } from '../db/plan.ts';
import type { Instant } from '../domain/time.ts';
import { tick } from './commit.ts';
import type { Engine } from './engine.ts';

async function planOf(
  engine: Engine,
  number: string,
  driver: string,
  ticked: boolean,
): Promise<PlanRow> {
  const plan = await takePlan(engine.pool, number, driver, ticked);
  if (plan !== undefined) return plan;
  if (!(await isDriver(engine.pool, driver))) throw new Superseded(driver);
  throw new Error(`${number} has no record`);
}

/**
 * What a record's workflow has to wait for and to do, from the record alone.
 * @param driver the Temporal namespace that asks
 * @throws Superseded when it does not drive the records, Error when there is no such record
 */
export function resumeRecord(engine: Engine, number: string, driver: string): Promise<PlanRow> {
  return planOf(engine, number, driver, false);
}

/** Commits what is due at `now`, then says what comes next. @throws Superseded */
export async function tickRecord(
  engine: Engine,
  number: string,
  now: Instant,
  driver: string,
): Promise<PlanRow> {
  await tick(engine, number, now, driver);
  return planOf(engine, number, driver, true);
}
