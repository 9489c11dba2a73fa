import { createHash } from 'node:crypto';
import { isUtf8 } from 'node:buffer';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Request } from 'express';
import type { Delivery } from '../db/intakeKept.ts';
import type { InputIssue } from '../domain/errors.ts';
import { mendText } from '../domain/text.ts';
import { unsafeParts } from './json.ts';
import { problem, RequestProblem } from './problem.ts';

/** Monitoring systems send a whole group at once. */
const MAX_BODY = 2 * 1024 * 1024;
/** Of what cannot be used, so much is kept. */
const MAX_KEPT = 256 * 1024;

/** A body as it came, whatever it is. */
export interface RawBody {
  readonly delivery: Delivery;
  /** All of it; undefined when it is larger than what is read. */
  readonly bytes: Buffer | undefined;
  readonly encoding: string | undefined;
}

/** Reads a body to its end; of one that is too large only the beginning stays. @throws RequestProblem when the caller breaks off */
export async function readRaw(req: Request): Promise<RawBody> {
  const parts: Buffer[] = [];
  const hash = createHash('sha256');
  let size = 0;
  try {
    for await (const part of req as AsyncIterable<Buffer>) {
      hash.update(part);
      if (size < MAX_BODY) parts.push(part);
      size += part.length;
    }
  } catch {
    throw new RequestProblem(problem('badRequest', 'the body ended before it was whole'));
  }
  const all = Buffer.concat(parts);
  const contentType = req.get('content-type');
  return {
    delivery: {
      contentType: contentType === undefined ? null : mendText(contentType.slice(0, 200)),
      size,
      hash: hash.digest(),
      bytes: all.subarray(0, MAX_KEPT),
    },
    bytes: size > MAX_BODY ? undefined : all,
    encoding: req.get('content-encoding'),
  };
}

/** The first faults, in one line. */
export function inWords(issues: readonly InputIssue[]): string {
  return issues
    .slice(0, 3)
    .map(({ pointer, detail }) => `${pointer} ${detail}`)
    .join('; ');
}

async function unpack({ bytes, encoding }: RawBody): Promise<Buffer | string> {
  if (bytes === undefined) return 'it is larger than 2 MiB';
  if (encoding === undefined || encoding === 'identity') return bytes;
  if (encoding !== 'gzip') return 'it is packed in a way that is not understood here';
  return promisify(gunzip)(bytes, { maxOutputLength: MAX_BODY }).catch(
    () => 'it is packed, and cannot be unpacked to 2 MiB or less',
  );
}

/** A body's JSON, or why it has none. */
export type Json = { readonly data: unknown } | { readonly reason: string };

/** Reads a body as JSON. What is wrong with it is a value: it must be kept, not refused. */
export async function readJson(body: RawBody): Promise<Json> {
  const bytes = await unpack(body);
  if (typeof bytes === 'string') return { reason: bytes };
  if (bytes.length === 0) return { reason: 'it is empty' };
  if (!isUtf8(bytes)) return { reason: 'it is not UTF-8' };
  let data: unknown;
  try {
    data = JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    return { reason: `it is no JSON: ${(error as Error).message}` };
  }
  const unsafe = unsafeParts(data);
  return unsafe.length > 0 ? { reason: inWords(unsafe) } : { data };
}
