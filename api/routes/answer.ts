import { Router } from 'express';
import type { NextFunction, Request, Response } from 'express';
import type { Engine } from '../../records/engine.ts';
import { readLink, useLink } from '../../records/links.ts';
import { answerPage, contentSecurityPolicy, faultPage } from '../answerPage.ts';
import type { Page } from '../answerPage.ts';

export interface AnswerOptions {
  readonly engine: Engine;
  /** PROVISOR_SECRET: signs action links. */
  readonly secret: string;
}

function show(response: Response, { status, html }: Page): void {
  response
    .status(status)
    .set({
      'Cache-Control': 'no-store',
      'Content-Security-Policy': contentSecurityPolicy,
      // The address is the key: it must not travel on, nor be found by a search engine.
      'Referrer-Policy': 'no-referrer',
      'X-Robots-Tag': 'noindex, nofollow',
    })
    .type('html')
    .send(html);
}

/**
 * The links in pages: `GET /a/{token}` shows what it is about and changes nothing, `POST /a/{token}` acknowledges. No key is asked for: the token
 * is one, for a single answer. Answers are pages for people, also when something fails.
 */
export function answerRoutes({ engine, secret }: AnswerOptions): Router {
  // One spelling of the path, so that whoever keeps the token out of a log can know it.
  const router = Router({ caseSensitive: true });
  router
    .route('/a/:token')
    .get(async (request, response) => {
      show(
        response,
        answerPage(await readLink(engine, secret, request.params.token, engine.clock())),
      );
    })
    .post(async (request, response) => {
      show(
        response,
        answerPage(await useLink(engine, secret, request.params.token, engine.clock())),
      );
    });
  router.use((error: unknown, _request: Request, response: Response, next: NextFunction) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    // An address that cannot be decoded is no link; anything else is a fault, which pino-http logs when it finds it here.
    if (error instanceof URIError) {
      show(response, answerPage({ kind: 'invalid' }));
      return;
    }
    Object.assign(response, { err: error });
    show(response, faultPage());
  });
  return router;
}
