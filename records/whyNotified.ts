import { unreachable } from '../domain/errors.ts';
import type { Because } from '../domain/escalation/resolve.ts';
import type { Source } from '../domain/onCall/onCall.ts';
import type { AnyFields } from '../domain/process.ts';

/** `escalations.standard.steps.0`: the rule that a page's event names. */
export function escalationStep(rule: unknown): { escalation: string; step: number } | undefined {
  const match = /^escalations\.(.+)\.steps\.(\d+)$/.exec(String(rule));
  return match === null ? undefined : { escalation: match[1] ?? '', step: Number(match[2]) };
}

/** Why an event means somebody; undefined where it does not say, as those of earlier versions do not. */
export function becauseOf(data: AnyFields, person: string | null): Because | undefined {
  const reasons = data['because'];
  if (person === null || typeof reasons !== 'object' || reasons === null) return undefined;
  if (!Object.hasOwn(reasons, person)) return undefined;
  return (reasons as Readonly<Record<string, Because>>)[person];
}

function bySource(source: Source): string {
  switch (source.kind) {
    case 'override':
      return `by the override ${source.id}`;
    case 'calendar':
      return 'by its calendar';
    case 'layer': {
      const of = source.temporary === null ? '' : ` of the temporary schedule ${source.temporary}`;
      return `by rotation, layer ${source.name}${of}`;
    }
    default:
      return unreachable(source);
  }
}

/** Why somebody was paged, where it is not the step alone that says so: `, on call in desk (version 3) by rotation, layer primary`. */
export function because(reason: Because | undefined): string {
  if (reason === undefined) return '';
  switch (reason.kind) {
    case 'schedule':
      return `, on call in ${reason.schedule} (version ${reason.version}) ${bySource(reason.source)}`;
    case 'roundRobin':
      return `, whose turn it is in ${reason.team}`;
    case 'team':
    case 'person':
      return '';
    default:
      return unreachable(reason);
  }
}

/** The method's place among the person's own rules: `, by rule 2 of their own for interrupting messages`. */
function byRule(place: string | null): string {
  const [urgency, index] = place?.split('.') ?? [];
  if (index === undefined) return '';
  return `, by rule ${Number(index) + 1} of their own for ${urgency ?? ''} messages`;
}

function askedBy(type: string, data: AnyFields): string {
  const round = `round ${Number(data['round'] ?? 0) + 1}`;
  const step = escalationStep(data['rule']);
  if (step !== undefined) return `step ${step.step + 1} of escalation ${step.escalation}, ${round}`;
  const ended = /^escalations\.(.+)$/.exec(String(data['rule']))?.[1];
  if (type === 'escalationExhausted' && ended !== undefined) {
    return `escalation ${ended} came to its end and nobody answered`;
  }
  const last = /^escalations\.(.+)\.catchAll$/.exec(String(data['rule']))?.[1];
  return last === undefined
    ? `because of ${type}`
    : `the catch-all of escalation ${last}, ${round}`;
}

/** What asked for a message, and why just this person by just this way, in words. */
export function whyNotified(
  { type, data }: { readonly type: string; readonly data: AnyFields },
  person: string | null,
  place: string | null,
): string {
  return `${askedBy(type, data)}${because(becauseOf(data, person))}${byRule(place)}`;
}
