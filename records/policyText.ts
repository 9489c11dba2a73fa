import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Document, Node } from 'yaml';
import type { Result } from '../domain/errors.ts';
import { ok, refuse } from '../domain/errors.ts';
import { pathOf } from '../domain/pointer.ts';

/** A policy's text, read: its data, and where in the text something stands. */
export interface PolicyText {
  readonly data: unknown;
  /** The line (from 1) of the place that a JSON Pointer names, or of the nearest place around it that is there. */
  readonly lineOf: (pointer: string) => number;
}

function offsetOf(document: Document, pointer: string): number {
  let node = document.contents as Node | null | undefined;
  let offset = node?.range?.[0] ?? 0;
  for (const token of pathOf(pointer)) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === token);
      if (pair === undefined) break;
      offset = (pair.key as Node).range?.[0] ?? offset;
      node = pair.value as Node | null;
    } else if (isSeq(node)) {
      node = node.items[Number(token)] as Node | undefined;
      offset = node?.range?.[0] ?? offset;
    } else break;
  }
  return offset;
}

function fault(line: number, detail: string): Result<never> {
  return refuse({ kind: 'invalid', issues: [{ pointer: '', detail: `line ${line}: ${detail}` }] });
}

/** Reads a policy written as YAML 1.2, of which JSON is a part. Anchors may be used, but not without end. */
export function readPolicyText(text: string): Result<PolicyText> {
  const lines = new LineCounter();
  let data: unknown;
  let document: Document;
  try {
    document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
    const [wrong] = [...document.errors, ...document.warnings];
    if (wrong !== undefined) return fault(lines.linePos(wrong.pos[0]).line, wrong.message);
    // Written and read once more, an anchor is what it stands for, and a circle of them is refused.
    data = JSON.parse(JSON.stringify(document.toJS()));
  } catch (error) {
    return fault(1, `cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  return ok({ data, lineOf: (pointer) => lines.linePos(offsetOf(document, pointer)).line });
}
