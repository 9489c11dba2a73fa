import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import type { Process } from '../../domain/process.ts';
import { attachmentList, attachmentView } from '../contract.ts';
import {
  bytes,
  conditional,
  json,
  locationHeader,
  number,
  ofBody,
  operation,
  reading,
} from './parts.ts';

/** Files on a record; nothing when the process takes none. */
export function attachmentsOf(process: Process): ZodOpenApiPathsObject {
  if (process.commands['attach'] === undefined) return {};
  const base = `/api/v1/${process.plural}/{number}/attachments`;
  const tag = process.plural;
  const path = z.object({ number });
  const file = bytes('*/*');
  const list = {
    id: `${process.name}Attachments`,
    tag,
    summary: 'Its files, without their bytes',
    path,
  };
  const add = {
    id: `${process.name}Attach`,
    tag,
    summary: 'Add a file: its bytes as the body',
    description:
      'Content-Type is the media type of the file. A file has at most 10 MiB; a record at most 50 files and 100 MiB.',
    path,
    query: z.object({
      name: z.string().min(1).max(255).meta({ description: 'The file name, without a folder.' }),
      visibility: z.enum(['public', 'internal']).default('public'),
    }),
    header: conditional(),
    body: { required: true, ...file },
  };
  const save = {
    id: `${process.name}Attachment`,
    tag,
    summary: 'One file, to be saved',
    path: z.object({ number, id: z.number().int() }),
  };
  const added = { description: 'Added.', headers: locationHeader, ...json(attachmentView) };
  const refusals = ['400', '403', '404', '409', '412', ...ofBody] as const;
  return {
    [base]: {
      get: reading(list, 'Files.', attachmentList, '404'),
      post: operation(add, { '201': added }, ...refusals),
    },
    [`${base}/{id}`]: {
      get: operation(save, { '200': { description: 'The bytes.', ...file } }, '404'),
    },
  };
}
