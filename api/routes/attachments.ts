import express from 'express';
import type { Request, RequestHandler, Response, Router } from 'express';
import type { Attachment } from '../../db/attachments.ts';
import { hasRole } from '../../domain/actor.ts';
import type { Actor } from '../../domain/actor.ts';
import { refuse } from '../../domain/errors.ts';
import type { Process } from '../../domain/process.ts';
import { isFileName, isMediaType } from '../../domain/text.ts';
import { toIso } from '../../domain/time.ts';
import { ATTACH, attach, attachmentsOf, readAttachment } from '../../records/attachments.ts';
import type { Engine } from '../../records/engine.ts';
import { getRecord } from '../../records/read.ts';
import { actorOf } from '../auth.ts';
import type { AttachmentView } from '../contract/attachments.ts';
import { contentDisposition } from '../disposition.ts';
import { idempotencyKey, ifMatch } from '../headers.ts';
import { problem, problemOf, RequestProblem } from '../problem.ts';
import { Query } from '../query.ts';
import { valueOf } from '../result.ts';
import { methods, param } from '../route.ts';
import { numberOf } from './records.ts';

const MAX_BYTES = 10 * 1024 * 1024;

interface Serving {
  readonly engine: Engine;
  readonly process: Process;
}

function view({ seq, addedAt, erasedAt, number: _number, ...rest }: Attachment): AttachmentView {
  return {
    id: seq,
    ...rest,
    addedAt: toIso(addedAt),
    erasedAt: erasedAt === null ? null : toIso(erasedAt),
  };
}

interface Asked {
  readonly name: string;
  readonly visibility: string | undefined;
  readonly mediaType: string;
}

function mediaTypeOf(req: Request): string {
  const type = (req.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (isMediaType(type) && !type.startsWith('multipart/')) return type;
  throw new RequestProblem(
    problem(
      'unsupportedMediaType',
      "send the file's bytes as the body, not in a form, with its media type as Content-Type, such as image/png",
    ),
  );
}

/** What is asked for, but for the bytes. @throws RequestProblem that names the parameter at fault */
function askedFor(req: Request): Asked {
  const query = new Query(req, ['name', 'visibility']);
  const name = query.one('name');
  if (name === undefined || name.length > 255 || !isFileName(name)) {
    return query.refuse('name', 'must be the file name, of 1 to 255 characters without a folder');
  }
  const visibility = query.one('visibility');
  if (visibility !== undefined && visibility !== 'public' && visibility !== 'internal') {
    query.refuse('visibility', 'must be public or internal');
  }
  return { name, visibility, mediaType: mediaTypeOf(req) };
}

function requestOf(engine: Engine, req: Request, actor: Actor) {
  return {
    actor,
    now: engine.clock(),
    idempotencyKey: idempotencyKey(req),
    ifMatch: ifMatch(req),
  };
}

/** Everything that can be refused before ten megabytes are read. */
function beforeBytes({ engine, process }: Serving): RequestHandler {
  return async (req, res, next) => {
    const actor = actorOf(res);
    valueOf(await getRecord(engine, numberOf(process, req), actor));
    const needed = process.commands[ATTACH]?.by ?? [];
    if (!hasRole(actor, needed)) {
      const { roles } = actor;
      throw new RequestProblem(problemOf({ kind: 'forbidden', command: ATTACH, roles, needed }));
    }
    askedFor(req);
    requestOf(engine, req, actor);
    next();
  };
}

function adding({ engine, process }: Serving): RequestHandler {
  return async (req, res) => {
    const content: unknown = req.body;
    if (!Buffer.isBuffer(content) || content.length === 0) {
      throw new RequestProblem(problem('badRequest', "the body is empty: send the file's bytes"));
    }
    const number = numberOf(process, req);
    const request = requestOf(engine, req, actorOf(res));
    const added = valueOf(await attach(engine, number, { ...askedFor(req), content }, request));
    res.status(201).set('Location', `/api/v1/${process.plural}/${number}/attachments/${added.seq}`);
    res.json(view(added));
  };
}

function listing({ engine, process }: Serving): RequestHandler {
  return async (req, res) => {
    const actor = actorOf(res);
    const record = valueOf(await getRecord(engine, numberOf(process, req), actor));
    res.json({ items: (await attachmentsOf(engine, record, actor)).map(view) });
  };
}

/** Always saved, never shown: a browser must not run what somebody uploaded as a part of this site. */
function send(req: Request, res: Response, { name, mediaType, sha256 }: Attachment, bytes: Buffer) {
  const etag = `"${sha256}"`;
  res.set({
    ETag: etag,
    'Content-Disposition': contentDisposition(name),
    'Content-Security-Policy': "sandbox; default-src 'none'",
    'X-Content-Type-Options': 'nosniff',
    'Repr-Digest': `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:`,
  });
  if (req.get('if-none-match') === etag) {
    res.status(304).end();
    return;
  }
  // By setHeader: express would add a charset to a text type, which nobody said.
  res.setHeader('Content-Type', mediaType);
  res.setHeader('Content-Length', bytes.length);
  res.end(req.method === 'HEAD' ? undefined : bytes);
}

function downloading({ engine, process }: Serving): RequestHandler {
  return async (req, res) => {
    const actor = actorOf(res);
    const { number } = valueOf(await getRecord(engine, numberOf(process, req), actor));
    const id = param(req, 'id');
    const missing = refuse({ kind: 'notFound', what: `this attachment of ${number}` });
    if (!/^[1-9]\d{0,8}$/.test(id)) return valueOf(missing);
    const { attachment, content } = valueOf(
      await readAttachment(engine, number, Number(id), actor),
    );
    if (content === null) return valueOf(missing);
    send(req, res, attachment, content);
  };
}

/** The files of a process's records; before its commands, whose addresses would take these. */
export function attachmentRoutes(router: Router, serving: Serving): void {
  if (!Object.hasOwn(serving.process.commands, ATTACH)) return;
  const base = `/api/v1/${serving.process.plural}/:number/attachments`;
  // Nothing is unpacked: a small archive could become gigabytes.
  const bytes = express.raw({ limit: MAX_BYTES, type: () => true, inflate: false });
  methods(router, base, {
    get: listing(serving),
    post: [beforeBytes(serving), bytes, adding(serving)],
  });
  methods(router, `${base}/:id`, { get: downloading(serving) });
}
