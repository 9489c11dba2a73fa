import { openNumbers, openRecords, readPolicy, activePolicyHash } from '../db/policies.ts';
import { unknownSchedules } from '../db/schedules.ts';
import type { InputIssue, Result } from '../domain/errors.ts';
import { ok } from '../domain/errors.ts';
import { schedulesNamed } from '../domain/escalation/check.ts';
import { unreachableEscalations } from '../domain/escalation/reach.ts';
import { makePolicy, parsePolicy } from '../domain/policy.ts';
import type { Policy, PolicyBody } from '../domain/policy.ts';
import { diffPolicies } from '../domain/policyDiff.ts';
import type { PolicyChange } from '../domain/policyDiff.ts';
import { ImpactTally } from '../domain/policyImpact.ts';
import type { PolicyImpact } from '../domain/policyImpact.ts';
import { previewRecord } from '../domain/policyPreview.ts';
import type { RecordState } from '../domain/process.ts';
import { unreachablePeople } from './contactPlan.ts';
import { processOf } from './engine.ts';
import type { Engine } from './engine.ts';
import { policyHash } from './policies.ts';

export interface PolicyPreview {
  readonly hash: string;
  /** The policy in force; null before the first one. */
  readonly inForce: string | null;
  readonly policy: readonly PolicyChange[];
  /** What is no fault and may be meant so, by its place in the policy. */
  readonly warnings: readonly InputIssue[];
  readonly open: number;
  /** False when the time was up before every open record had been looked at. */
  readonly complete: boolean;
  readonly records: PolicyImpact;
}

export interface PreviewLimits {
  /** How long records are looked at. */
  readonly withinMs?: number;
  /** Records a page: between two pages other requests are answered. */
  readonly pageSize?: number;
  /** How many records are told in detail. */
  readonly details?: number;
}

/** More open records than this are counted, not looked at. */
const MOST_RECORDS = 100_000;

function look(
  engine: Engine,
  record: RecordState,
  current: Policy,
  next: Policy,
  tally: ImpactTally,
) {
  try {
    const process = processOf(engine, record.process);
    tally.add(previewRecord(process, record, current, next, engine.clock()));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    tally.addUndecided({ number: record.number, reason });
  }
}

/** Where a policy names schedules that are not there: they may come later, and until then nobody is found by them. */
async function unknownSchedulesIn(
  engine: Engine,
  { escalations, onCall }: PolicyBody,
): Promise<InputIssue[]> {
  const named = [
    ...schedulesNamed(escalations),
    ...onCall.mayHaveGaps.map((schedule, index) => ({
      schedule,
      pointer: `/onCall/mayHaveGaps/${index}`,
    })),
  ];
  const unknown = await unknownSchedules(
    engine.pool,
    named.map(({ schedule }) => schedule),
  );
  return named
    .filter(({ schedule }) => unknown.has(schedule))
    .map(({ schedule, pointer }) => {
      const detail = `there is no schedule "${schedule}" yet: make it, or nobody is found by it`;
      return { pointer, detail };
    });
}

/** Escalations whose catch-all, or what stands in for it, means nobody whom a page reaches as their contact methods are now. */
async function outOfReach(engine: Engine, policy: Policy): Promise<InputIssue[]> {
  const unreachable = await unreachablePeople(engine.pool, policy, engine.clock());
  const people = Object.fromEntries(
    Object.entries(policy.body.people).map(([id, { active }]) => [
      id,
      { active: active && !unreachable.has(id) },
    ]),
  );
  return unreachableEscalations({ ...policy.body, people }).map(({ pointer }) => {
    const detail =
      'names nobody whom a page surely reaches now: have one of them add a contact method by a channel that is set up, and verify it';
    return { pointer, detail };
  });
}

/**
 * What applying a policy would change, without changing anything: in the policy itself and on every open record, the highest priority first, until the
 * time is up. Records go on to change meanwhile: it tells how it stands now.
 */
export async function previewPolicy(
  engine: Engine,
  data: unknown,
  { withinMs = 5_000, pageSize = 50, details = 100 }: PreviewLimits = {},
): Promise<Result<PolicyPreview>> {
  const parsed = parsePolicy(data);
  if (!parsed.ok) return parsed;
  const until = performance.now() + withinMs;
  const { pool, policies } = engine;
  const hash = policyHash(data);
  const next = makePolicy(hash, parsed.value);
  const inForce = await activePolicyHash(pool);
  const tally = new ImpactTally(details);
  const warnings = [
    ...(await unknownSchedulesIn(engine, parsed.value)),
    ...(await outOfReach(engine, next)),
  ];
  if (inForce === undefined) {
    const none = { policy: [], open: 0, complete: true, records: tally.total() };
    return ok({ hash, inForce: null, warnings, ...none });
  }
  const current = await policies.byHash(pool, inForce);
  const numbers = hash === inForce ? [] : await openNumbers(pool, MOST_RECORDS);
  let looked = 0;
  while (looked < numbers.length && performance.now() < until) {
    const page = numbers.slice(looked, looked + pageSize);
    looked += page.length;
    const byNumber = new Map(
      (await openRecords(pool, page)).map((record) => [record.number as string, record]),
    );
    for (const number of page) {
      const record = byNumber.get(number);
      if (record !== undefined) look(engine, record, current, next, tally);
    }
  }
  return ok({
    hash,
    inForce,
    policy: diffPolicies(await readPolicy(pool, inForce), data),
    warnings,
    open: numbers.length,
    complete: looked >= numbers.length && numbers.length < MOST_RECORDS,
    records: tally.total(),
  });
}
