import { takePlan } from '../db/plan.ts';
import type { PlanRow } from '../db/plan.ts';
import type { Instant } from '../domain/time.ts';
import { tick } from './commit.ts';
import type { Engine } from './engine.ts';

/** What a record's workflow has to wait for and to do, from the record alone. @throws Error when there is no such record */
export async function resumeRecord(engine: Engine, number: string): Promise<PlanRow> {
  const plan = await takePlan(engine.pool, number);
  if (plan === undefined) throw new Error(`${number} has no record`);
  return plan;
}

/** Commits what is due at `now`, then says what comes next. */
export async function tickRecord(engine: Engine, number: string, now: Instant): Promise<PlanRow> {
  await tick(engine, number, now);
  return resumeRecord(engine, number);
}
