import { z } from 'zod';

const instant = z.iso.datetime();

export const auditEntryView = z
  .object({
    seq: z.number().int(),
    kind: z.string().meta({ example: 'keyCreated' }),
    actor: z.string().meta({ description: '`person:ann`, or the part of the system that did it.' }),
    at: instant,
    data: z.record(z.string(), z.unknown()),
    hash: z.string().meta({
      description: 'SHA-256, in hexadecimal, over the hash of the entry before and this one.',
    }),
  })
  .meta({ id: 'AuditEntry', description: 'An administrative change.' });
export type AuditEntryView = z.infer<typeof auditEntryView>;

export const checkpointView = z
  .object({
    content: z.object({
      checkpoint: z.number().int(),
      at: instant,
      previous: z.string().nullable(),
      upTo: z.number().int(),
      events: z.number().int(),
      records: z.number().int(),
      heads: z.string(),
      audit: z.object({ seq: z.number().int(), hash: z.string() }).nullable(),
      signer: z.string(),
    }),
    signature: z.string().meta({
      description: 'Ed25519 over the content in canonical JSON (RFC 8785), in Base64.',
    }),
  })
  .meta({
    id: 'Checkpoint',
    description: 'Keep it as one line: `provisor audit verify` takes it.',
  });
export type CheckpointView = z.infer<typeof checkpointView>;
