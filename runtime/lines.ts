import { appendFileSync, renameSync, statSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

const KEEP_BYTES = 10_000_000;

/** The last lines of a stream of lines. */
export interface Tail {
  push(line: string): void;
  lines(): readonly string[];
}

export function createTail(length = 20): Tail {
  const kept: string[] = [];
  return {
    push(line) {
      kept.push(line);
      if (kept.length > length) kept.shift();
    },
    lines: () => [...kept],
  };
}

/** Calls `onLine` for each line of the stream. */
export function eachLine(stream: Readable | null, onLine: (line: string) => void): void {
  if (stream === null) return;
  createInterface({ input: stream, crlfDelay: Infinity }).on('line', onLine);
}

/** Appends lines to a log file; at 10 MB it becomes `<file>.1` and a new one begins. */
export function createLogFile(file: string): (line: string) => void {
  let size = sizeOf(file);
  return (line) => {
    const text = `${line}\n`;
    try {
      if (size > KEEP_BYTES) {
        renameSync(file, `${file}.1`);
        size = 0;
      }
      appendFileSync(file, text, { mode: 0o600 });
      size += Buffer.byteLength(text);
    } catch {
      // A full disk must not end the supervisor that reports it; the tail in memory has the lines.
    }
  };
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
