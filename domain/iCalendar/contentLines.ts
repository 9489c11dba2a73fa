import { Unreadable } from './fault.ts';

/** A content line (RFC 5545 §3.1), unfolded. */
export interface ContentLine {
  /** Of the file, where it begins; counted from 1. */
  readonly line: number;
  readonly text: string;
}

const [TAB, LF, CR, SPACE] = [0x09, 0x0a, 0x0d, 0x20];

/** The lines of a file as places [start, end) in it, without their CRLF or LF. */
function* physicalLines(file: Uint8Array): Generator<readonly [number, number]> {
  for (let start = 0; start < file.length;) {
    const found = file.indexOf(LF, start);
    const next = found === -1 ? file.length : found;
    yield [start, next > start && file[next - 1] === CR ? next - 1 : next];
    start = next + 1;
  }
}

function joined(file: Uint8Array, pieces: readonly (readonly [number, number])[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((sum, [start, end]) => sum + end - start, 0));
  let length = 0;
  for (const [start, end] of pieces) {
    bytes.set(file.subarray(start, end), length);
    length += end - start;
  }
  return bytes;
}

/**
 * Unfolds the lines of an iCalendar file. A fold counts octets and may cut a character in two, so lines are put together before they
 * are decoded.
 * @param file UTF-8, with or without a byte order mark; lines end in CRLF or LF
 * @returns the lines that are not empty
 * @throws Unreadable where the file is not UTF-8
 */
export function contentLines(file: Uint8Array): ContentLine[] {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const lines: ContentLine[] = [];
  let pieces: (readonly [number, number])[] = [];
  let first = 1;
  let number = 0;

  function finish(): void {
    if (pieces.every(([start, end]) => start === end)) return;
    try {
      const text = decoder.decode(joined(file, pieces));
      if (text.trim() !== '') lines.push({ line: first, text });
    } catch {
      throw new Unreadable(first, 'is not UTF-8: save the calendar as UTF-8');
    }
  }

  for (const [start, end] of physicalLines(file)) {
    number++;
    const continues = file[start] === SPACE || file[start] === TAB;
    if (continues && pieces.length > 0) {
      pieces.push([start + 1, Math.max(start + 1, end)]);
      continue;
    }
    finish();
    pieces = [[start, end]];
    first = number;
  }
  finish();
  return lines;
}
