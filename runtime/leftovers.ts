import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { isAlive, signal, waitForExit } from './processes.ts';

interface Note {
  readonly pid: number;
  readonly command: string;
  readonly stopSignal: NodeJS.Signals;
}

/** Keeps the process id of a running part in `<folder>/<slug>.json`; undefined removes it. */
export function notePid(
  folder: string,
  slug: string,
  pid: number | undefined,
  command: string,
  stopSignal: NodeJS.Signals,
): void {
  const file = join(folder, `${slug}.json`);
  if (pid === undefined) rmSync(file, { force: true });
  else writeFileSync(file, JSON.stringify({ pid, command, stopSignal } satisfies Note));
}

/**
 * Ends what a killed supervisor and a killed guardian left running: two servers on one data folder would harm it.
 * A process id that another program has got meanwhile is left alone.
 * @returns the names of what was ended.
 */
export async function endLeftovers(folder: string, limitMs = 15_000): Promise<string[]> {
  const ended: string[] = [];
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  const startedAt = (name: string) => statSync(join(folder, name)).mtimeMs;
  // The newest first, as in an ordered stop: PostgreSQL last.
  for (const name of names.sort((a, b) => startedAt(b) - startedAt(a))) {
    const file = join(folder, name);
    const note = readNote(file);
    if (note !== undefined && isAlive(note.pid) && runs(note)) {
      signal(note.pid, note.stopSignal);
      const left = await waitForExit([note.pid], limitMs);
      for (const pid of left) signal(-pid, 'SIGKILL');
      await waitForExit(left, 2_000);
      ended.push(basename(name, '.json'));
    }
    rmSync(file, { force: true });
  }
  return ended;
}

function readNote(file: string): Note | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Note;
  } catch {
    // Written half when the machine went down.
    return undefined;
  }
}

function runs(note: Note): boolean {
  try {
    const args = ['-o', 'args=', '-p', String(note.pid)];
    return execFileSync('ps', args, { encoding: 'utf8' }).includes(basename(note.command));
  } catch {
    return false;
  }
}
