import { unreachable } from './errors.ts';
import { effectKey } from './ids.ts';
import type { Policy } from './policy.ts';
import type { Effect, PlannedEffect, Process, Step } from './process.ts';
import { upToDate } from './upToDate.ts';

export interface Consequences {
  readonly effects: readonly PlannedEffect[];
  /** The `during` reactions that ended: what they started is wanted no more. */
  readonly ended: readonly string[];
}

/** What must be done outside because of one step: the process's reactions, compared before and after it. */
function consequencesOfStep(
  process: Process,
  step: Step,
  policy: Policy,
  previous: Policy,
): Consequences {
  const { after, event } = step;
  const before = upToDate(process, step.before);
  // Under its own policy: what the new one asks for begins with the event that applies it.
  const policyBefore = before.policy === previous.hash ? previous : policy;
  const planned: { effect: Effect; during: string | null }[] = [];
  const ended: string[] = [];
  for (const reaction of process.reactions) {
    switch (reaction.kind) {
      case 'during': {
        const was = before.seq > 0 && reaction.when({ record: before, policy: policyBefore });
        const is = reaction.when({ record: after, policy });
        const anew = was && is && reaction.again?.({ before, after, policy }) === true;
        if (was && (!is || anew)) ended.push(reaction.name);
        if (is && (!was || anew)) {
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
      case 'after':
        break;
      default:
        unreachable(reaction);
    }
  }
  for (const reaction of process.reactions) {
    if (reaction.kind !== 'after' || !ended.includes(reaction.during)) continue;
    planned.push(...reaction.effects.map((effect) => ({ effect, during: null })));
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
 * thresholds of one clock or moments of one timer that passed at once only the last is told: their events are all kept.
 * @param previous the policy that decided the record before these steps; the same one when it has not changed
 */
export function consequences(
  process: Process,
  steps: readonly Step[],
  policy: Policy,
  previous: Policy = policy,
): Consequences {
  const reminders = new Set(
    Object.values(process.timers).map(({ then }) => process.commands[then]?.event),
  );
  let effects: PlannedEffect[] = [];
  const ended = new Set<string>();
  steps.forEach((step, index) => {
    const result = consequencesOfStep(process, step, policy, previous);
    for (const name of result.ended) {
      ended.add(name);
      effects = effects.filter(({ during }) => during !== name);
    }
    if (!isOvertaken(step, steps.slice(index + 1), reminders)) effects.push(...result.effects);
  });
  return { effects, ended: [...ended] };
}

function isOvertaken(
  { event: { type, data } }: Step,
  later: readonly Step[],
  reminders: ReadonlySet<string | undefined>,
): boolean {
  if (reminders.has(type)) return later.some(({ event }) => event.type === type);
  const { clock } = data;
  if (clock === undefined || !type.endsWith('.warned')) return false;
  return later.some(({ event }) => event.data['clock'] === clock);
}
