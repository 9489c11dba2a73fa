/** A line of quoted text, as mail programs write it in plain text. */
const QUOTED = /^\s*>/;

/** A line of the header that some programs put before the mail that is answered, in any language: `Von: …`, `*Sent:* …`. */
const HEADER = /^\*?\p{L}[\p{L} -]{0,20}:\*? \S/u;

/** `-----Original Message-----`, `________________`. Of bounded length: a stranger's line of a million dashes must cost no more. */
const RULE = /^\s{0,20}(-{3,20}[^-]{0,80}-{3,20}|-{6,200}|_{20,200})\s{0,20}$/;

const isBlank = (line: string | undefined): boolean => line === undefined || line.trim() === '';

/** Where the last line of text before `end` is; -1 when there is none. */
function lastText(lines: readonly string[], end: number): number {
  let at = end - 1;
  while (at >= 0 && isBlank(lines[at])) at -= 1;
  return at;
}

/** An introduction names a day, a time or an address. What only ends in a colon may be the writer's own. */
const introduces = (line: string): boolean => /:\s*$/.test(line) && /\d{4}|\d:\d\d|@/.test(line);

/** The place of a block of `>` lines that reaches to the end, with what introduces it (`On …, Ann wrote:`). Undefined when something was written below it. */
function quotedBlock(lines: readonly string[]): number | undefined {
  const end = lastText(lines, lines.length);
  if (end < 0 || !QUOTED.test(lines[end] ?? '')) return undefined;
  let start = end;
  while (start > 0 && (QUOTED.test(lines[start - 1] ?? '') || isBlank(lines[start - 1])))
    start -= 1;
  const intro = lastText(lines, start);
  const [before = '', line = ''] = [lines[intro - 1], lines[intro]];
  if (introduces(line) && /\d{4}/.test(line)) return intro;
  // Programs break it after 70 characters or so: the day is in the line before then.
  const isBroken = /\d{4}/.test(before) && isBlank(lines[intro - 2]) && /:\s*$/.test(line);
  if (isBroken) return intro - 1;
  return introduces(line) ? intro : start;
}

/** The place of a header of a mail about the record: three lines of it, one of which names the record as our subjects do. All below it is that mail. */
function headerBlock(lines: readonly string[], number: string): number | undefined {
  for (const [index, line] of lines.entries()) {
    if (!HEADER.test(line)) continue;
    const rest = lines.slice(index, index + 8);
    const length = rest.findIndex((other) => !HEADER.test(other));
    const block = length < 0 ? rest : rest.slice(0, length);
    if (block.length < 3 || !block.some((other) => other.includes(`[${number}]`))) continue;
    const before = lastText(lines, index);
    return before >= 0 && RULE.test(lines[before] ?? '') ? before : index;
  }
  return undefined;
}

/**
 * What a reply says without the history that mail programs put below it. It cuts only what is surely history, and gives the whole text where it is
 * not sure, or where nothing else would stay.
 * @param number of the record that is answered
 */
export function withoutQuotation(text: string, number: string): string {
  const lines = text.split(/\r\n|\r|\n/);
  const start = headerBlock(lines, number) ?? quotedBlock(lines);
  if (start === undefined) return text;
  const own = lines.slice(0, start).join('\n').trim();
  // Somebody who answers between the lines would be misread.
  const isInterleaved = lines.slice(0, start).some((line) => QUOTED.test(line));
  return own === '' || isInterleaved ? text : own;
}
