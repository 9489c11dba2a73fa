import type { Command } from 'commander';
import { stringify } from 'yaml';
import type {
  EscalationPolicyList,
  EscalationPolicyView,
  EscalationPreviewView,
} from '../api/contract.ts';
import { clientOf, globals, print } from './context.ts';
import { show } from './scheduleContext.ts';
import { table } from './show.ts';
import { clean } from './terminal.ts';
import type { Terminal } from './terminal.ts';
import { duration, local, momentOf } from './times.ts';

const BASE = '/api/v1/escalation-policies';

function escalationTable({ items }: EscalationPolicyList): string {
  const rows = items.map(({ id, services, definition }) => {
    const { priorities, steps } = definition as { priorities: number[]; steps: unknown[] };
    return [id, priorities.join(', '), String(steps.length), services.join(', ')];
  });
  return table(['ID', 'PRIORITIES', 'STEPS', 'SERVICES'], rows);
}

type Step = EscalationPreviewView['steps'][number];

/** `step 2`, `the catch-all`, `exhausted`. */
function stepName({ kind, rule }: Pick<Step, 'kind' | 'rule'>): string {
  if (kind === 'exhausted') return 'exhausted';
  const place = /^steps\.(\d+)$/.exec(rule ?? '')?.[1];
  return place === undefined ? 'the catch-all' : `step ${Number(place) + 1}`;
}

function droppedText(dropped: Step['dropped']): string {
  return dropped.map(({ kind, key, why }) => `${kind} ${key} (${why})`).join(', ');
}

function stepRows(step: Step): string[][] {
  const { at, people, channels, waitMs } = step;
  const named = [
    ...people.map(({ name, why }) => [clean(name), clean(why)]),
    ...channels.map((channel) => [channel, 'a channel of the policy']),
  ];
  const nobody = step.kind === 'exhausted' ? "the lead of the record's team" : 'nobody';
  return (named.length > 0 ? named : [[nobody, '']]).map((cells, index) =>
    index === 0 ? [local(at), stepName(step), ...cells, duration(waitMs)] : ['', '', ...cells, ''],
  );
}

/** Who is left out, and which steps are passed over. */
function leftOut(step: Step): string[] {
  const { dropped, skipped } = step;
  return [
    ...skipped.map((one) => {
      const said = one.dropped.length === 0 ? one.why : droppedText(one.dropped);
      return `${stepName({ kind: 'page', rule: one.rule })} is passed over: ${said}`;
    }),
    ...(dropped.length === 0 ? [] : [`${stepName(step)} leaves out: ${droppedText(dropped)}`]),
  ];
}

function previewLines({ priority, pages, steps, complete }: EscalationPreviewView): string {
  if (!pages) return `Priority ${priority} pages nobody.\n`;
  const lines = [
    ...new Set(steps.flatMap(leftOut)),
    complete ? 'Then it begins anew, until somebody answers.' : 'And so on.',
  ];
  const rows = table(['WHEN', 'STEP', 'WHO', 'WHY', 'WAITS'], steps.flatMap(stepRows));
  return `${rows}${lines.map((line) => `${line}\n`).join('')}`;
}

async function describe(id: string, command: Command, terminal: Terminal): Promise<void> {
  const path = `${BASE}/${encodeURIComponent(id)}`;
  const view = (await clientOf(command, terminal).get(path)) as EscalationPolicyView;
  print(command, terminal, view, () => stringify(view.definition));
  if (globals(command).json === true) return;
  const services = view.services.join(', ');
  terminal.err(`Escalation ${id} of policy ${view.policy}, for: ${services || 'no service'}.\n`);
}

interface PreviewOptions {
  readonly priority?: string;
  readonly at?: string;
}

/** `provisor escalation …`: whom escalation policies page, and when. */
export function addEscalation(program: Command, terminal: Terminal): void {
  const escalation = program
    .command('escalation')
    .description('escalation policies: whom they page, and when');
  escalation
    .command('list')
    .description('those of the policy in force')
    .action((_options: unknown, command: Command) =>
      show(command, terminal, BASE, escalationTable),
    );
  escalation
    .command('show <id>')
    .description('write one as YAML; it is changed in the policy')
    .action((id: string, _options: unknown, command: Command) => describe(id, command, terminal));
  escalation
    .command('preview <id>')
    .description('whom it would page when, and why them, if nobody answered')
    .option('--priority <number>', 'default: the highest that pages')
    .option('--at <time>', 'when it begins; default: now')
    .action((id: string, { priority, at }: PreviewOptions, command: Command) => {
      const query = new URLSearchParams({
        ...(priority === undefined ? {} : { priority }),
        ...(at === undefined ? {} : { at: momentOf(at) }),
      });
      const path = `${BASE}/${encodeURIComponent(id)}/preview?${query.toString()}`;
      return show(command, terminal, path, previewLines);
    });
}
