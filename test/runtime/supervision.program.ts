import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { prepareHome } from '../../runtime/home.ts';
import { createReporter } from '../../runtime/progress.ts';
import { Supervisor } from '../../runtime/supervisor.ts';

// Supervises two parts: one that stops when asked, one that ignores every signal that can be ignored.
// Writes their process ids and its guardian's to <home>/pids.json, and tells on standard output what happens.
const home = process.argv[2];
if (home === undefined) throw new Error('usage: supervision.program.ts <home>');
prepareHome(home);
const supervisor = new Supervisor(home, createReporter(process.stdout));

const part = (name: string, script: string) =>
  supervisor.start(name, {
    name,
    command: process.execPath,
    args: ['-e', script],
    env: {},
    stopSignal: 'SIGTERM',
    stopWithinMs: 500,
    readyWithinMs: 10_000,
    ready: async (child) => {
      await once(child.stdout!, 'data');
    },
  });

const obedient = await part('obedient', 'console.log("last words"); setInterval(() => {}, 1000)');
const stubborn = await part(
  'stubborn',
  'for (const s of ["SIGTERM", "SIGINT", "SIGHUP"]) process.on(s, () => {}); console.log("deaf"); setInterval(() => {}, 1000)',
);
writeFileSync(
  join(home, 'pids.json'),
  JSON.stringify({
    obedient: obedient.pid,
    stubborn: stubborn.pid,
    guardian: supervisor.guardianPid,
  }),
);
process.on('SIGTERM', () => void supervisor.stop());
