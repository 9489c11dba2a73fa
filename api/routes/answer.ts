import express, { Router } from 'express';
import type { NextFunction, Request, Response } from 'express';
import type { Engine } from '../../records/engine.ts';
import { readLink, useLink } from '../../records/links.ts';
import type { LinkOutcome, LinkReading, OpenedLink } from '../../records/links.ts';
import { isPageAnswer } from '../../records/pageAnswers.ts';
import type { PageAnswer, Written } from '../../records/pageAnswers.ts';
import { browserOf, rememberBrowser } from '../answerCookie.ts';
import { answerPage, contentSecurityPolicy, faultPage, unreadablePage } from '../answerPage.ts';
import type { Page } from '../answerPage.ts';

export interface AnswerOptions {
  readonly engine: Engine;
  /** PROVISOR_SECRET: signs action links. */
  readonly secret: string;
  /** How people reach the API, without a slash at the end. */
  readonly publicUrl: string;
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

/** The most that a form of the page holds, and room for its encoding. */
const MAX_FORM = '256kb';

/** What a form asks for. A POST without a form, as ntfy's buttons make it, acknowledges. */
function asked(req: Request): { answer: PageAnswer; written: Written } | undefined {
  const form = new URLSearchParams(typeof req.body === 'string' ? req.body : '');
  const answer = form.get('answer') ?? 'acknowledge';
  if (!isPageAnswer(answer)) return undefined;
  const minutes = form.get('minutes');
  // Forms write line ends as CR LF.
  const text = form.get('text')?.replaceAll('\r\n', '\n').trim();
  const code = form.get('code')?.trim();
  const to = form.get('to');
  return {
    answer,
    written: {
      ...(minutes === null ? {} : { minutes: Number(minutes) }),
      ...(text === undefined ? {} : { text }),
      ...(code === undefined ? {} : { code }),
      ...(to === null ? {} : { to }),
    },
  };
}

/**
 * The links in pages: `GET /a/{token}` shows what it is about and changes nothing, `POST /a/{token}` answers. No key is asked for: the token
 * is one, for one page, until its first answer; from then on only together with the cookie of the browser that gave it. Answers are pages for people,
 * also when something fails.
 */
export function answerRoutes({ engine, secret, publicUrl }: AnswerOptions): Router {
  // One spelling of the path, so that whoever keeps the token out of a log can know it.
  const router = Router({ caseSensitive: true });

  async function reply(
    request: Request<{ token: string }>,
    response: Response,
    open: (link: OpenedLink) => Promise<LinkReading | LinkOutcome>,
  ): Promise<void> {
    const { token } = request.params;
    const browser = browserOf(request);
    const result = await open({ token, browser });
    if ('subject' in result) rememberBrowser(response, publicUrl, token, browser);
    show(response, answerPage(result));
  }

  router
    .route('/a/:token')
    .get(async (request, response) => {
      await reply(request, response, (opened) => readLink(engine, secret, opened, engine.clock()));
    })
    .post(
      express.text({ type: 'application/x-www-form-urlencoded', limit: MAX_FORM }),
      async (request, response) => {
        const given = asked(request);
        if (given === undefined) {
          show(response, unreadablePage(400));
          return;
        }
        await reply(request, response, (opened) =>
          useLink(engine, secret, opened, given, engine.clock()),
        );
      },
    );
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
    const { status } = error as { status?: unknown };
    if (typeof status === 'number' && status >= 400 && status < 500) {
      show(response, unreadablePage(status));
      return;
    }
    Object.assign(response, { err: error });
    show(response, faultPage());
  });
  return router;
}
