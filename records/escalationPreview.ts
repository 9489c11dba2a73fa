import { inTransaction } from '../db/pool.ts';
import { takeTurns } from '../db/turns.ts';
import type { Result } from '../domain/errors.ts';
import { ok, refuse } from '../domain/errors.ts';
import { nextStep, start } from '../domain/escalation/course.ts';
import type { Exhausted, Page } from '../domain/escalation/course.ts';
import type { Escalation } from '../domain/escalation/schema.ts';
import { entry } from '../domain/policy.ts';
import type { Policy } from '../domain/policy.ts';
import type { Instant } from '../domain/time.ts';
import type { Engine } from './engine.ts';
import { escalationFacts, teamsInTurn } from './escalationFacts.ts';

export const noEscalation = { kind: 'notFound', what: 'this escalation policy' } as const;

/** A step that an escalation would take. */
export interface PreviewedStep {
  readonly at: Instant;
  /** Counted from 0. */
  readonly round: number;
  readonly taken: Page | Exhausted;
}

/** What would happen when an incident of a priority began to be escalated at an instant, and nobody answered. */
export interface EscalationPreview {
  readonly policy: Policy;
  readonly priority: number;
  readonly at: Instant;
  /** Whether the priority pages at all. */
  readonly pages: boolean;
  /** Until nobody is left to be paged; then it begins anew. */
  readonly steps: readonly PreviewedStep[];
  /** False: there are more steps than are told. */
  readonly complete: boolean;
}

/** More steps than that nobody reads. */
const MOST_STEPS = 100;

type Turns = Readonly<Record<string, readonly string[]>>;

/** Who had turns after a step that pages some. */
function turnsAfter(turns: Turns, taken: Page | Exhausted): Turns {
  if (taken.kind !== 'page') return turns;
  return taken.people.reduce<Turns>(
    (had, { person, because }) =>
      because.kind === 'roundRobin'
        ? { ...had, [because.team]: [...(had[because.team] ?? []), person] }
        : had,
    turns,
  );
}

/** The course of an escalation from an instant on: the very decisions of one that runs, without making them. */
async function courseFrom(
  engine: Engine,
  policy: Policy,
  definition: Escalation,
  priority: number,
  from: Instant,
): Promise<Pick<EscalationPreview, 'steps' | 'complete'>> {
  const about = { fields: { priority } };
  const steps: PreviewedStep[] = [];
  let turns: Turns = await inTransaction(engine.pool, (tx) =>
    takeTurns(tx, teamsInTurn(definition)),
  );
  let position = start;
  let at = from;
  while (steps.length < MOST_STEPS) {
    const facts = await escalationFacts(engine, about, { definition, policy, live: policy }, at);
    const taken = nextStep(definition, position, { ...facts, turns });
    steps.push({ at, round: position.round, taken });
    if (taken.kind === 'exhausted') return { steps, complete: true };
    turns = turnsAfter(turns, taken);
    position = taken.position;
    at += taken.wait;
  }
  return { steps, complete: false };
}

/**
 * Whom an escalation of the policy in force would page when, by the schedules, overrides and turns as they are known now; and by the ways in which people
 * can be reached now.
 * @param priority left out: the highest that pages
 * @param at when its first step is taken
 */
export async function previewEscalation(
  engine: Engine,
  id: string,
  { priority, at }: { readonly priority?: number | undefined; readonly at: Instant },
): Promise<Result<EscalationPreview>> {
  const policy = await engine.policies.active(engine.pool);
  const definition = entry(policy.body.escalations, id);
  if (definition === undefined) return refuse(noEscalation);
  const asked = priority ?? Math.min(...definition.priorities);
  const about = { policy, priority: asked, at };
  if (!definition.priorities.includes(asked)) {
    return ok({ ...about, pages: false, steps: [], complete: true });
  }
  const course = await courseFrom(engine, policy, definition, asked, at);
  return ok({ ...about, pages: true, ...course });
}
