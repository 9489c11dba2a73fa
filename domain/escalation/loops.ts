import type { Milliseconds } from '../time.ts';

/** What of a step says where the course goes on. */
interface StepOnTheWay {
  readonly name?: string | undefined;
  readonly wait: Milliseconds;
  readonly jumpTo?: { readonly step: string } | undefined;
}

interface StepIssue {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** The steps that may come after one; the number of steps stands for the end of a round. */
function after(steps: readonly StepOnTheWay[], index: number): number[] {
  const target = steps[index]?.jumpTo?.step;
  const jump = target === undefined ? -1 : steps.findIndex(({ name }) => name === target);
  return jump === -1 ? [index + 1] : [index + 1, jump];
}

/** Whether the course can come from one step to another, or to the end of a round, without a wait on the way. */
function withoutWait(steps: readonly StepOnTheWay[], from: number, to: number): boolean {
  const seen = new Set<number>();
  const open = [from];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (at === to) return true;
    if (seen.has(at) || steps[at]?.wait !== 0) continue;
    seen.add(at);
    open.push(...after(steps, at));
  }
  return false;
}

function jumpIssue(steps: readonly StepOnTheWay[], index: number): string | undefined {
  const step = steps[index];
  if (step?.jumpTo === undefined) return undefined;
  const { step: target } = step.jumpTo;
  const jump = steps.findIndex(({ name }) => name === target);
  if (jump === -1) {
    const names = steps.flatMap(({ name }) => name ?? []).join(', ');
    return `"${target}" is no step of this escalation, which names: ${names === '' ? 'none yet' : names}`;
  }
  // Of a way round that jumps both forward and back, the jump back is the one to mend.
  if (jump > index || step.wait > 0 || !withoutWait(steps, jump, index)) return undefined;
  return `leads back here from "${target}" without a wait: give a step on the way one, or it pages without end`;
}

/** What is wrong with the order of steps: names given twice, jumps to nowhere, and ways round that never wait. */
export function stepIssues(steps: readonly StepOnTheWay[], repeat: number): StepIssue[] {
  const names = steps.map(({ name }) => name);
  const issues = steps.flatMap(({ name }, index): StepIssue[] => {
    const jump = jumpIssue(steps, index);
    const twice = name !== undefined && names.indexOf(name) !== index;
    return [
      ...(twice
        ? [{ path: ['steps', index, 'name'], message: `"${name}" names another step too` }]
        : []),
      ...(jump === undefined ? [] : [{ path: ['steps', index, 'jumpTo'], message: jump }]),
    ];
  });
  if (repeat === 0 || !withoutWait(steps, 0, steps.length)) return issues;
  const message = 'repeats without a wait: give at least one step a wait, or it pages without end';
  return [...issues, { path: [], message }];
}
