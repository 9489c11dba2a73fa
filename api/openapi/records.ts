import { z } from 'zod';
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from 'zod-openapi';
import { filterColumns, sortColumns } from '../../db/records.ts';
import type { Process } from '../../domain/process.ts';
import { isPublic } from '../commands.ts';
import {
  commandList,
  explanationList,
  page,
  recordView,
  recordViews,
  timelineEntry,
} from '../contract.ts';
import { attachmentsOf } from './attachments.ts';
import {
  conditional,
  etagHeader,
  json,
  locationHeader,
  number,
  ofBody,
  operation,
  paging,
  reading,
  repeatable,
} from './parts.ts';

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function filters(process: Process): z.ZodObject {
  const several = 'Several with commas between, or repeated.';
  const states = `Of ${Object.keys(process.states).join(', ')}. ${several}`;
  return z.object(
    Object.fromEntries(
      Object.keys(filterColumns).map((name) => {
        const description = name === 'state' ? states : several;
        return [name, z.string().optional().meta({ description })];
      }),
    ),
  );
}

function list(process: Process, record: z.ZodType): ZodOpenApiOperationObject {
  const query = filters(process).extend({
    text: z.string().min(2).max(100).optional().meta({
      description:
        'Part of the title, the description or the external reference, in any case; or the number.',
    }),
    open: z.enum(['true', 'false']).optional(),
    sort: z
      .enum(Object.keys(sortColumns).flatMap((column) => [column, `-${column}`]))
      .default('-openedAt'),
    limit: paging.shape.limit,
    cursor: paging.shape.cursor.meta({ description: 'The nextCursor of the page before.' }),
  });
  const about = {
    id: `${process.name}List`,
    tag: process.plural,
    summary: `List ${process.plural}`,
    query,
  };
  const answer = 'A page. `Link` (rel="next") has the address of the next one.';
  return reading(about, answer, page(record), '400');
}

function open(process: Process, record: z.ZodType): ZodOpenApiOperationObject {
  const about = {
    id: `${process.name}Open`,
    tag: process.plural,
    summary: `Open: ${process.name}`,
    header: repeatable,
    body: { required: true, ...json(process.opening.input) },
  };
  const headers = { ...etagHeader, ...locationHeader };
  const opened = { description: 'Opened.', headers, ...json(record) };
  return operation(about, { '201': opened }, '400', '403', '409', ...ofBody);
}

function show(process: Process, record: z.ZodType): ZodOpenApiOperationObject {
  const about = {
    id: `${process.name}Show`,
    tag: process.plural,
    summary: 'One record',
    path: z.object({ number }),
    header: z.object({ 'If-None-Match': z.string().optional() }),
  };
  const answers = {
    '200': { description: about.summary, ...json(record) },
    '304': { description: 'You have this version.' },
  };
  return operation(about, answers, '400', '404');
}

function stream(process: Process): ZodOpenApiOperationObject {
  const last = z.string().optional().meta({ description: 'Only what came after it.' });
  const about = {
    id: `${process.name}Stream`,
    tag: process.plural,
    summary: 'Its events as they happen (server-sent events)',
    description:
      'Each event has its seq as `id` and an entry of the timeline as `data`. Ends after ten minutes: connect again with the last id.',
    path: z.object({ number }),
    header: z.object({ 'Last-Event-ID': last }),
  };
  const content = { 'text/event-stream': { schema: { type: 'string' as const } } };
  return operation(about, { '200': { description: 'A stream.', content } }, '400', '404');
}

function reads(process: Process, record: z.ZodType): ZodOpenApiPathsObject {
  const base = `/api/v1/${process.plural}/{number}`;
  const get = (
    id: string,
    summary: string,
    schema: z.ZodType,
    query?: z.ZodObject,
  ): ZodOpenApiPathsObject[string] => {
    const about = { id: `${process.name}${id}`, tag: process.plural, summary };
    const params = { path: z.object({ number }), ...(query && { query }) };
    return { get: reading({ ...about, ...params }, summary, schema, '400', '404') };
  };
  return {
    [base]: { get: show(process, record) },
    [`${base}/timeline`]: get(
      'Timeline',
      'What happened and what was sent, in the order of time',
      page(timelineEntry),
      paging,
    ),
    [`${base}/commands`]: get(
      'Commands',
      'What you may do with it now; a rule of the command may still refuse it',
      commandList,
    ),
    [`${base}/events/stream`]: { get: stream(process) },
    [`${base}/explain`]: get(
      'Explain',
      'Why its priority, its deadlines and its pages came out as they did',
      explanationList,
    ),
  };
}

function commands(process: Process, record: z.ZodType): ZodOpenApiPathsObject {
  const all = Object.entries(process.commands).filter(([name]) => isPublic(process, name));
  return Object.fromEntries(
    all.map(([name, { does, by, from, input }]) => {
      const roles = by.filter((role) => role !== 'system').join(', ');
      const about = {
        id: `${process.name}${capital(name)}`,
        tag: process.plural,
        summary: does,
        description: `From ${from.join(', ')}. Roles: ${roles}, admin.`,
        path: z.object({ number }),
        header: conditional(),
        body: json(input),
      };
      const done = { description: 'The record after it.', headers: etagHeader, ...json(record) };
      const refusals = ['400', '403', '404', '409', '412', ...ofBody] as const;
      const post = operation(about, { '200': done }, ...refusals);
      return [`/api/v1/${process.plural}/{number}/${name}`, { post }];
    }),
  );
}

/** The resource of a process: its records, what is read of one, and its commands. */
export function recordPaths(process: Process): ZodOpenApiPathsObject {
  const record = recordViews[process.name] ?? recordView;
  return {
    [`/api/v1/${process.plural}`]: { get: list(process, record), post: open(process, record) },
    ...reads(process, record),
    ...attachmentsOf(process),
    ...commands(process, record),
  };
}
