import { z } from 'zod';
import type { ZodOpenApiOperationObject, ZodOpenApiResponsesObject } from 'zod-openapi';
import { page, problemSchema } from '../contract.ts';

const described = {
  '400': 'A malformed body, parameter or header.',
  '401': 'No valid API key.',
  '403': 'Your roles do not allow it.',
  '404': 'Not there, or not for you.',
  '409': 'Not possible now; `allowed` names what is.',
  '412': 'If-Match names an older version.',
  '413': 'The body is too large.',
  '415': 'The body is not JSON in UTF-8.',
  '422': 'The input is not valid, or the Idempotency-Key was used for another request.',
  '429': 'You called too often, or too many calls without a key came from your address: wait.',
  '503':
    'PostgreSQL does not answer. The request may have been applied: repeat it with the same Idempotency-Key.',
} as const;
export type Status = keyof typeof described;

/** The answers that are Problem Details, by status. */
export function problems(...statuses: readonly Status[]): ZodOpenApiResponsesObject {
  const content = { 'application/problem+json': { schema: problemSchema } };
  return Object.fromEntries(
    statuses.map((status) => [status, { description: described[status], content }]),
  );
}

export function json(schema: z.ZodType) {
  return { content: { 'application/json': { schema } } };
}

/** A file's bytes, of this media type. */
export function bytes(mediaType: string) {
  return { content: { [mediaType]: { schema: { type: 'string' as const, format: 'binary' } } } };
}

const idempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,200}$/)
  .optional()
  .meta({
    description:
      'Yours to choose, 1 to 200 visible ASCII characters. The same request with the same key is done once and gets the same answer; another request with it is refused (422).',
  });

/** The header of every POST. */
export const repeatable = z.object({ 'Idempotency-Key': idempotencyKey });

/** The headers of what changes something that the caller saw. @param description of If-Match */
export function conditional(
  description = 'The ETag that you saw, such as `"7"`: when the record has changed since, nothing happens (412).',
) {
  return repeatable.extend({ 'If-Match': z.string().optional().meta({ description }) });
}

export const etagHeader = {
  ETag: { schema: { type: 'string' as const }, description: 'The version: `"7"`.' },
};
export const locationHeader = {
  Location: { schema: { type: 'string' as const }, description: 'Where it is.' },
};

export const number = z.string().meta({ example: 'INC-1042' });
export const paging = z.object({
  limit: z.number().int().min(1).max(200).default(50),
  cursor: z.string().optional(),
});

/** What an operation of the API is and takes. */
export interface Operation {
  readonly id: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly path?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly header?: z.ZodObject;
  readonly body?: ZodOpenApiOperationObject['requestBody'];
}

/** An operation behind an API key. @param statuses of its refusals, without those that every such operation has */
export function operation(
  { id, tag, summary, description, path, query, header, body }: Operation,
  answers: ZodOpenApiResponsesObject,
  ...statuses: readonly Status[]
): ZodOpenApiOperationObject {
  const params = { ...(path && { path }), ...(query && { query }), ...(header && { header }) };
  return {
    operationId: id,
    summary,
    ...(description === undefined ? {} : { description }),
    tags: [tag],
    ...(Object.keys(params).length === 0 ? {} : { requestParams: params }),
    ...(body === undefined ? {} : { requestBody: body }),
    responses: { ...answers, ...problems(...statuses, '401', '429', '503') },
  };
}

/** A GET that gives one thing. @param answer what it gives, in words */
export function reading(
  about: Operation,
  answer: string,
  schema: z.ZodType,
  ...statuses: readonly Status[]
): ZodOpenApiOperationObject {
  return operation(about, { '200': { description: answer, ...json(schema) } }, ...statuses);
}

/** A GET that gives a list by pages. */
export function listing(
  about: Operation,
  item: z.ZodType,
  ...statuses: readonly Status[]
): ZodOpenApiOperationObject {
  return reading({ query: paging, ...about }, 'A page.', page(item), '400', ...statuses);
}

/** What a POST, DELETE or the like refuses because of its body. */
export const ofBody = ['413', '415', '422'] as const;
