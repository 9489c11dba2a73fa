import type { Step } from './decide.ts';
import { unreachable } from './errors.ts';
import { effectKey } from './ids.ts';
import type { Policy } from './policy.ts';
import type { Effect, PlannedEffect, Process } from './process.ts';

export interface Consequences {
  readonly effects: readonly PlannedEffect[];
  /** The `during` reactions that ended: what they started is wanted no more. */
  readonly ended: readonly string[];
}

/** What must be done outside because of one step: the process's reactions, compared before and after it. */
function consequencesOfStep(process: Process, step: Step, policy: Policy): Consequences {
  const { before, after, event } = step;
  const planned: { effect: Effect; during: string | null }[] = [];
  const ended: string[] = [];
  for (const reaction of process.reactions) {
    switch (reaction.kind) {
      case 'during': {
        const was = before.seq > 0 && reaction.when({ record: before, policy });
        const is = reaction.when({ record: after, policy });
        if (was && !is) ended.push(reaction.name);
        if (is && !was) {
          const effects = reaction.effects({ record: after, policy });
          planned.push(...effects.map((effect) => ({ effect, during: reaction.name })));
        }
        break;
      }
      case 'on':
        if (reaction.event === event.type) {
          const effects = reaction.effects({ record: after, policy, event });
          planned.push(...effects.map((effect) => ({ effect, during: reaction.during })));
        }
        break;
      default:
        unreachable(reaction);
    }
  }
  const effects = planned.map(({ effect, during }, index) => ({
    key: effectKey(after.number, event.seq, index),
    effect,
    during,
  }));
  return { effects, ended };
}

/**
 * The consequences of the steps of one commit. What an early step asked for and a later one ended is not asked for at all, and of several
 * warnings of one clock that passed at once only the last is told: their events are all kept.
 */
export function consequences(
  process: Process,
  steps: readonly Step[],
  policy: Policy,
): Consequences {
  let effects: PlannedEffect[] = [];
  const ended = new Set<string>();
  steps.forEach((step, index) => {
    const result = consequencesOfStep(process, step, policy);
    for (const name of result.ended) {
      ended.add(name);
      effects = effects.filter(({ during }) => during !== name);
    }
    if (!isOvertaken(step, steps.slice(index + 1))) effects.push(...result.effects);
  });
  return { effects, ended: [...ended] };
}

function isOvertaken(step: Step, later: readonly Step[]): boolean {
  const clock = step.event.data['clock'];
  if (clock === undefined || !step.event.type.endsWith('.warned')) return false;
  return later.some(({ event }) => event.data['clock'] === clock);
}
