import { createHash } from 'node:crypto';
import type { Request, RequestHandler, Router } from 'express';
import { listFeeds } from '../../db/scheduleFeeds.ts';
import type { FeedSubject } from '../../db/scheduleFeeds.ts';
import { refuse } from '../../domain/errors.ts';
import { writeFeed } from '../../domain/iCalendar/feed.ts';
import { MINUTE } from '../../domain/time.ts';
import type { Engine } from '../../records/engine.ts';
import { createFeed, feedForbidden, readFeed, revokeFeed } from '../../records/scheduleFeeds.ts';
import type { FeedContent } from '../../records/scheduleFeeds.ts';
import { requireRole } from '../auth.ts';
import type { CreatedFeedView } from '../contract/schedules.ts';
import type { ApiDeps } from '../deps.ts';
import { answerIdPage } from '../idPage.ts';
import { jsonBody } from '../json.ts';
import { Query } from '../query.ts';
import { valueOf } from '../result.ts';
import { methods, param } from '../route.ts';
import { askingOf, desk } from './schedulesAccess.ts';
import { feedView } from './schedulesViews.ts';

type FeedDeps = Pick<ApiDeps, 'engine' | 'publicUrl'>;

const REFRESH_MINUTES = 60;
/** How long a subscriber may keep what it has: so long a feed that was revoked may still be seen. */
const KEEP_SECONDS = (5 * MINUTE) / 1_000;

/** The same for the same shifts, whenever they are written. */
function weakTag(content: FeedContent): string {
  const hash = createHash('sha256').update(JSON.stringify(content)).digest('base64url');
  return `W/"${hash}"`;
}

function hasTag(req: Request, tag: string): boolean {
  const tags = (req.get('if-none-match') ?? '').split(',').map((one) => one.trim());
  return tags.includes(tag);
}

/** For calendar programs: who has the token may read. */
function serving({ engine, publicUrl }: FeedDeps): RequestHandler {
  const { host } = new URL(publicUrl);
  return async (req, res) => {
    const now = engine.clock();
    const content = await readFeed(engine, param(req, 'token'), host, now);
    if (content === undefined) {
      valueOf(refuse({ kind: 'notFound', what: 'this calendar' }));
      return;
    }
    const tag = weakTag(content);
    res.set({
      ETag: tag,
      'Cache-Control': `private, max-age=${KEEP_SECONDS}`,
      'X-Robots-Tag': 'noindex, nofollow',
    });
    if (hasTag(req, tag)) {
      res.status(304).end();
      return;
    }
    res.set('Content-Disposition', 'inline; filename="on-call.ics"');
    res.setHeader('Content-Type', 'text/calendar; charset=utf-8');
    res.end(writeFeed({ ...content, stampedAt: now, refreshMinutes: REFRESH_MINUTES }));
  };
}

function listing(engine: Engine, subjectOf: (req: Request) => FeedSubject): RequestHandler {
  return async (req, res) => {
    const actor = requireRole(res, 'list feeds', desk);
    const of = subjectOf(req);
    const forbidden = feedForbidden(of, actor);
    if (forbidden !== undefined) valueOf(refuse(forbidden));
    const query = new Query(req, ['limit', 'cursor']);
    await answerIdPage(
      req,
      res,
      query,
      (limit, after) => listFeeds(engine.pool, of, limit, after),
      (rows) => rows.map(feedView),
    );
  };
}

function creating(
  { engine, publicUrl }: FeedDeps,
  subjectOf: (req: Request) => FeedSubject,
): RequestHandler {
  return async (req, res) => {
    const asking = askingOf(engine, req, res, 'make a feed', desk);
    const { feed, token } = valueOf(await createFeed(engine, subjectOf(req), asking));
    res.status(201).set('Location', `/api/v1/feeds/${feed.id}`).set('Cache-Control', 'no-store');
    const url = token === null ? null : `${publicUrl}/calendars/${token}.ics`;
    res.json({ ...feedView(feed), url } satisfies CreatedFeedView);
  };
}

function revoking(engine: Engine): RequestHandler {
  return async (req, res) => {
    const asking = askingOf(engine, req, res, 'revoke a feed', desk);
    res.json(feedView(valueOf(await revokeFeed(engine, param(req, 'feed'), asking))));
  };
}

/** The feeds themselves: no key is asked for, the token is one. */
export function calendarRoutes(router: Router, deps: FeedDeps): void {
  methods(router, '/calendars/:token.ics', { get: serving(deps) });
}

/** Feeds of schedules and people: made, listed, revoked. */
export function scheduleFeedRoutes(router: Router, deps: FeedDeps): void {
  const subjects: Readonly<Record<string, (req: Request) => FeedSubject>> = {
    '/api/v1/schedules/:id/feeds': (req) => ({ schedule: param(req, 'id') }),
    '/api/v1/people/:id/feeds': (req) => ({ person: param(req, 'id') }),
  };
  for (const [path, subjectOf] of Object.entries(subjects)) {
    methods(router, path, {
      get: listing(deps.engine, subjectOf),
      post: [...jsonBody('1kb'), creating(deps, subjectOf)],
    });
  }
  methods(router, '/api/v1/feeds/:feed', { delete: revoking(deps.engine) });
}
