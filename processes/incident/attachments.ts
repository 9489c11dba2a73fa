import { z } from 'zod';
import { freeText, isFileName, isMediaType } from '../../domain/text.ts';
import { command, wrong } from './command.ts';
import type { Refused } from './command.ts';
import { onlyAsks } from './record.ts';
import type { Given } from './record.ts';

const MAX_ATTACHMENTS = 50;
const MAX_ATTACHED_BYTES = 100 * 1024 * 1024;

/**
 * What a file is; its bytes come another way. Name and digest are texts, so that both can be erased: the digest of a short file could be guessed
 * at. The audit chain covers them by their ids.
 */
const file = z.strictObject({
  name: freeText(255).refine(isFileName, 'must be a file name'),
  sha256: freeText(64),
  mediaType: z.string().refine(isMediaType, 'must be a media type such as image/png'),
  size: z.number().int().min(1),
  visibility: z.enum(['public', 'internal']).default('public'),
});

function attachable({ record: { fields }, input, actor }: Given<typeof file>): Refused {
  if (input.visibility === 'internal' && onlyAsks(actor)) {
    return wrong('visibility', 'requesters add public files: leave it out');
  }
  if (fields.attachments >= MAX_ATTACHMENTS) {
    return `it has ${MAX_ATTACHMENTS} attachments, which is all it can have: put several files into one archive`;
  }
  return fields.attachedBytes + input.size > MAX_ATTACHED_BYTES
    ? `its attachments would exceed ${MAX_ATTACHED_BYTES / 1024 / 1024} MiB together: keep the file elsewhere and link to it in a comment`
    : undefined;
}

export const attach = command({
  does: 'Add a file',
  input: file,
  resource: 'attachments',
  event: 'attached',
  refuse: attachable,
  set: ({ record: { fields }, input }) => ({
    attachments: fields.attachments + 1,
    attachedBytes: fields.attachedBytes + input.size,
  }),
});
