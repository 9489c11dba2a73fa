import type { Request, RequestHandler, Response, Router } from 'express';
import { demoActor } from '../../demo/actor.ts';
import { homePage, mailPage, missingPage, recordPage } from '../../demo/pages.ts';
import { script } from '../../demo/script.ts';
import type { Stage } from '../../demo/stage.ts';
import { latestIncidents, oneRecord } from '../../demo/view.ts';
import { parseRecordNumber } from '../../domain/ids.ts';
import type { Engine } from '../../records/engine.ts';
import { streamEvents } from '../eventStream.ts';
import { atMost } from '../gate.ts';
import { problem, RequestProblem } from '../problem.ts';
import { methods, param } from '../route.ts';

export interface DemoOptions {
  readonly engine: Engine;
  readonly stage: Stage;
  /** Where the links in mails begin. */
  readonly publicUrl: string;
}

const LOCAL = /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/i;

/** The demo's buttons ask for no key: a page of somebody else, or a name that was made to point here, must not press them. */
const sameSite: RequestHandler = (req, _res, next) => {
  const host = req.get('host') ?? '';
  const site = req.get('sec-fetch-site');
  const origin = req.get('origin');
  const own =
    site === undefined
      ? origin === undefined || origin === `http://${host}`
      : site === 'same-origin' || (site === 'none' && req.method === 'GET');
  const reads = req.method === 'GET' || req.method === 'HEAD';
  if (LOCAL.test(host) && (own || (reads && req.get('sec-fetch-mode') === 'navigate'))) next();
  else throw new RequestProblem(problem('notFound', 'the demo answers its own pages only'));
};

function show(res: Response, html: string | undefined): void {
  res.status(html === undefined ? 404 : 200).set('Cache-Control', 'no-store');
  res.type('html').send(html ?? missingPage());
}

function numberOf(req: Request): string {
  return parseRecordNumber(param(req, 'number')) ?? '';
}

/** The demo's pages: mounted by `provisor start --demo` alone, which listens on loopback only. */
export function demoRoutes(router: Router, { engine, stage, publicUrl }: DemoOptions): void {
  router.use('/demo', sameSite);
  methods(router, '/demo', {
    get: async (_req, res) => {
      const incidents = await latestIncidents(engine);
      show(res, homePage({ incidents, mails: stage.mails().slice(0, 20), told: stage.told() }));
    },
  });
  methods(router, '/demo/script.js', {
    get: (_req, res) => {
      res.set('Cache-Control', 'no-store').type('text/javascript').send(script);
    },
  });
  methods(router, '/demo/mails/:id', {
    get: (req, res) => {
      const mail = stage.mails().find(({ id }) => String(id) === param(req, 'id'));
      show(res, mail && mailPage(mail, publicUrl));
    },
  });
  methods(router, '/demo/records/:number', {
    get: async (req, res) => {
      const view = await oneRecord(engine, numberOf(req));
      show(res, view && recordPage(view));
    },
  });
  methods(router, '/demo/records/:number/stream', {
    get: [
      atMost(50),
      (req, res) => streamEvents({ engine, number: numberOf(req), actor: demoActor }, req, res),
    ],
  });
  const press = (path: string, action: () => Promise<unknown>): void => {
    methods(router, path, {
      post: async (_req, res) => {
        const number = await action();
        res.redirect(303, typeof number === 'string' ? `/demo/records/${number}` : '/demo');
      },
    });
  };
  press('/demo/fire', () => stage.fire());
  press('/demo/end', () => stage.end());
  press('/demo/kill', async () => {
    await stage.killInMidSend();
  });
  press('/demo/policy', () => stage.movePolicy());
}
