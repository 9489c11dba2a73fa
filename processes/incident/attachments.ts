import { z } from 'zod';
import type { Actor } from '../../domain/actor.ts';
import type { Refusal } from '../../domain/errors.ts';
import type { RecordState } from '../../domain/process.ts';
import { freeText, isFileName, isMediaType } from '../../domain/text.ts';
import type { IncidentFields } from './fields.ts';
import { onlyAsks } from './rules.ts';

export const MAX_ATTACHMENTS = 50;
export const MAX_ATTACHED_BYTES = 100 * 1024 * 1024;

/**
 * What a file is; its bytes come another way. Name and digest are texts, so that both can be erased: the digest of a short file could be guessed
 * at. The audit chain covers them by their ids.
 */
export const attachInput = z.strictObject({
  name: freeText(255).refine(isFileName, 'must be a file name'),
  sha256: freeText(64),
  mediaType: z.string().refine(isMediaType, 'must be a media type such as image/png'),
  size: z.number().int().min(1),
  visibility: z.enum(['public', 'internal']).default('public'),
});

export function attachable(
  { fields }: RecordState<IncidentFields>,
  input: z.output<typeof attachInput>,
  actor: Actor,
): Refusal | undefined {
  if (input.visibility === 'internal' && onlyAsks(actor)) {
    return { pointer: '/visibility', detail: 'requesters add public files: leave it out' };
  }
  if (fields.attachments >= MAX_ATTACHMENTS) {
    return `it has ${MAX_ATTACHMENTS} attachments, which is all it can have: put several files into one archive`;
  }
  return fields.attachedBytes + input.size > MAX_ATTACHED_BYTES
    ? `its attachments would exceed ${MAX_ATTACHED_BYTES / 1024 / 1024} MiB together: keep the file elsewhere and link to it in a comment`
    : undefined;
}
