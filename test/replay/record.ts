/**
 * Records histories for the replay tests: `npm test -- test/replay` runs the current workflow code against them. Run this when a workflow's code has
 * changed on purpose (then the old histories stay, and the new ones come beside them):
 *
 *   node --import tsx test/replay/record.ts <label>
 */
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

const label = process.argv[2];
if (label === undefined || !/^[a-z0-9.-]+$/.test(label)) {
  process.stderr.write('Say under which label, for example the version: record.ts 0.1\n');
  process.exit(2);
}
const folder = join(import.meta.dirname, 'histories', label);
mkdirSync(folder, { recursive: true });
spawn(process.execPath, ['--import', 'tsx', 'test/run.ts', 'test/workflows'], {
  stdio: 'inherit',
  env: { ...process.env, PROVISOR_RECORD_HISTORIES: folder },
}).on('exit', (code) => {
  process.exitCode = code ?? 1;
});
