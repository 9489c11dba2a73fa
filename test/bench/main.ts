/**
 * `npm run bench`: what Provisor does a second and how long it takes, each figure beside the bare engine's in the same run.
 *
 *   npm run bench                        every row, about an hour
 *   npm run bench -- opens alerts        some of them
 *   npm run bench -- --json bench.json   the figures as JSON too
 *   npm run bench -- --quick             short and small: shows that the bench works, and no figures
 *   npm run bench -- --profile profiles  CPU profiles of API and worker, for Chrome's or VS Code's viewer (this slows them)
 *
 * Everything runs on loopback, on engines of its own that are thrown away. Ratios hold on a noisy machine, absolute times do not.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { full, quick } from './extent.ts';
import type { Extent } from './extent.ts';
import { busyShare, loadNow, table } from './report.ts';
import type { RowResult } from './report.ts';
import { rows } from './rows/index.ts';
import type { Row } from './rows/row.ts';
import { onStage } from './stage.ts';
import type { Stage } from './stage.ts';

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

function chosen(names: readonly string[]): readonly Row[] {
  const unknown = names.filter((name) => !rows.some((row) => row.name === name));
  if (unknown.length > 0) {
    const known = rows.map(({ name, about }) => `  ${name.padEnd(12)}${about}`).join('\n');
    throw new Error(`no row is named ${unknown.join(', ')}; there are:\n${known}`);
  }
  return names.length === 0 ? rows : rows.filter(({ name }) => names.includes(name));
}

async function runRow(row: Row, stage: Stage, extent: Extent): Promise<RowResult> {
  const before = { load: loadNow(), others: await busyShare() };
  const busy = Math.round(before.others * 100);
  say(`${row.name}: ${row.about} (others use ${busy} % of the CPUs) …`);
  const begun = performance.now();
  const lines = await row.run(stage, extent);
  const seconds = (performance.now() - begun) / 1000;
  const result: RowResult = {
    row: row.name,
    seconds,
    load: [before.load, loadNow()],
    others: [before.others, await busyShare()],
    lines,
  };
  say(`${table([result])}\n`);
  return result;
}

/** The first signal ends the row under way and clears the stage away; the second ends this process, and with it all that it started. */
function stopOnSignal(over: AbortController): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (over.signal.aborted) process.exit(1);
      over.abort(new Error(`ended by ${signal}`));
    });
  }
}

/** Rejects when the signal aborts, with its reason. */
function rejection(signal: AbortSignal): Promise<never> {
  const promise = new Promise<never>((_resolve, reject) => {
    const end = (): void => {
      reject(signal.reason as Error);
    };
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
  promise.catch(() => undefined);
  return promise;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'string' },
      profile: { type: 'string' },
      quick: { type: 'boolean', default: false },
    },
  });
  const wanted = chosen(positionals);
  const extent = values.quick ? quick : full;
  const profiles = values.profile === undefined ? undefined : resolve(values.profile);
  if (profiles !== undefined) mkdirSync(profiles, { recursive: true });

  const over = new AbortController();
  stopOnSignal(over);
  const date = new Date().toISOString();
  const results: RowResult[] = [];
  const onLost = (error: Error): void => {
    over.abort(error);
  };
  await onStage({ profiles, onLost }, async (stage) => {
    const early = rejection(over.signal);
    for (const row of wanted) results.push(await Promise.race([runRow(row, stage, extent), early]));
  });
  const shortened = values.quick ? ', quick: no figures to go by' : '';
  const machine = `${cpus().length} cores, Node ${process.version}${shortened}`;
  const loads = results.map(
    ({ row, load, others }) =>
      `${row}: load ${load.map((one) => one.toFixed(1)).join('–')}, others ${others.map((one) => Math.round(one * 100)).join('–')} %`,
  );
  process.stdout.write(`${date}, ${machine}\n${loads.join('\n')}\n\n${table(results)}\n`);
  if (values.json !== undefined) {
    writeFileSync(
      values.json,
      `${JSON.stringify({ date, machine, extent, results }, undefined, 2)}\n`,
    );
  }
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    say(error instanceof Error ? error.message : String(error));
    process.exit(1);
  },
);
