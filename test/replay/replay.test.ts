import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporal } from '@temporalio/proto';
import { Worker } from '@temporalio/worker';
import { runningEngines } from '../helpers/database.ts';
import { quietRuntime } from '../helpers/system.ts';

quietRuntime();

const root = join(__dirname, 'histories');
const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.history'),
);

async function replay(code: { codePath: string } | { code: string }, file: string): Promise<void> {
  const history = temporal.api.history.v1.History.decode(readFileSync(join(root, file)));
  await Worker.runReplayHistory({ workflowBundle: code }, history, 'replayed');
}

test('there are histories of every workflow', () => {
  const kinds = new Set(files.map((file) => file.replace(/^.*\/|-\d+\.history$/g, '')));
  expect([...kinds].sort()).toEqual(['escalation', 'heartbeat', 'incident']);
});

test.each(files)('the code of today replays %s', async (file) => {
  await replay({ codePath: join(runningEngines().home, 'workflows.js') }, file);
});

test('a change of workflow code that is not compatible is caught', async () => {
  const code = readFileSync(join(runningEngines().home, 'workflows.js'), 'utf8');
  const changed = code.replace(
    'await takeEscalationStep(',
    'await (await planEscalation(key, 0), takeEscalationStep)(',
  );
  expect(changed).not.toBe(code);
  const file = files.find((name) => name.includes('escalation'));
  await expect(replay({ code: changed }, file ?? '')).rejects.toThrow(
    /[Nn]ondeterminism|TMPRL1100/,
  );
});
