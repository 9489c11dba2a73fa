import { z } from 'zod';

export const attachmentView = z
  .object({
    id: z.number().int().meta({ description: 'The seq of the event that added it.' }),
    name: z.string(),
    mediaType: z.string().meta({ example: 'image/png' }),
    size: z.number().int().meta({ description: 'In bytes.' }),
    sha256: z.string().meta({ description: 'Of the bytes, in hexadecimal.' }),
    visibility: z.enum(['public', 'internal']),
    addedBy: z.string(),
    addedAt: z.iso.datetime(),
    erasedAt: z.iso.datetime().nullable().meta({ description: 'When its bytes were erased.' }),
  })
  .meta({ id: 'Attachment' });
export type AttachmentView = z.infer<typeof attachmentView>;

export const attachmentList = z.object({ items: z.array(attachmentView) });
