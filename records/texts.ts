import { createHash, randomBytes } from 'node:crypto';
import type { z } from 'zod';
import type { NewText } from '../db/save.ts';
import type { AnyFields } from '../domain/process.ts';
import { freeTextFields } from '../domain/text.ts';

/** The id of a free text: SHA-256 of a random salt and the text. It tells nothing of the text once both are erased (ADR 3). */
export function textId(salt: Buffer, body: string): string {
  return createHash('sha256').update(salt).update(body, 'utf8').digest('hex');
}

const TEXT_ID = /^[0-9a-f]{64}$/;

/** All that looks like the id of a free text, anywhere in these values. */
export function textIdsIn(...values: readonly unknown[]): Set<string> {
  const found = new Set<string>();
  const visit = (value: unknown): void => {
    if (typeof value === 'string') {
      if (TEXT_ID.test(value)) found.add(value);
    } else if (typeof value === 'object' && value !== null) {
      Object.values(value).forEach(visit);
    }
  };
  values.forEach(visit);
  return found;
}

/** Puts an input's free texts apart: the input with their ids, and the texts to store. */
export function takeTextsApart(
  schema: z.ZodObject,
  input: AnyFields,
): { input: AnyFields; texts: NewText[] } {
  const texts: NewText[] = [];
  const result: Record<string, unknown> = { ...input };
  for (const name of freeTextFields(schema)) {
    const body = input[name];
    if (typeof body !== 'string') continue;
    const salt = randomBytes(16);
    const id = textId(salt, body);
    texts.push({ id, salt, body });
    result[name] = id;
  }
  return { input: result, texts };
}
