import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AuditOperations } from './audit.ts';
import { run } from './program.ts';
import type { RecoverOperation } from './recover.ts';
import type { Terminal } from './terminal.ts';

async function confirm(question: string): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await lines.question(`${question} (y/N) `)).trim());
  } finally {
    lines.close();
  }
}

const { env, stdout, stderr, stdin } = process;

const terminal: Terminal = {
  out: (text) => void stdout.write(text),
  err: (text) => void stderr.write(text),
  env,
  sleep,
  colour: stdout.isTTY && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb',
  ...(stdin.isTTY && stderr.isTTY ? { confirm } : {}),
};

// `provisor … | head` closes the pipe early: that is no failure.
stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');

const operations = {
  version: (JSON.parse(manifest) as { version: string }).version,
  start: async ({ demo }: { demo: boolean }) => {
    if (demo) await (await import('../ops/demo.ts')).prepareDemo();
    await (await import('../ops/start.ts')).start();
  },
  migrate: async () => (await import('../ops/migrate.ts')).migrateDatabase(),
  audit: {
    verify: async (options: Parameters<AuditOperations['verify']>[0]) =>
      (await import('../ops/audit.ts')).verifyAudit(options),
    checkpoint: async () => (await import('../ops/audit.ts')).takeCheckpointNow(),
    key: async () => (await import('../ops/audit.ts')).auditPublicKey(),
  },
  recover: async (options: Parameters<RecoverOperation>[0]) =>
    (await import('../ops/recover.ts')).recoverRecords(options),
};

run(process.argv.slice(2), terminal, operations).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    stderr.write(`${String(error)}\n`);
    process.exitCode = 1;
  },
);
