import type { Router } from 'express';
import swaggerUi from 'swagger-ui-express';
import type { Engine } from '../records/engine.ts';
import { createOpenApi } from './openapi.ts';
import { methods } from './route.ts';

/** The API's description: for programs at /openapi.json, for people at /docs, from local files only. */
export function docsRoutes(router: Router, engine: Engine): void {
  const document = createOpenApi([...engine.processes.values()]);
  methods(router, '/openapi.json', {
    get: (_req, res) => {
      res.json(document);
    },
  });
  const options = { swaggerUrl: '/openapi.json', customSiteTitle: 'Provisor API' };
  router.get('/docs', (req, res, next) => {
    // The page's files are beside it: without the slash the browser would look one level too high.
    if (req.path.endsWith('/')) next();
    else res.redirect(308, '/docs/');
  });
  router.use(
    '/docs',
    swaggerUi.serveFiles(undefined, options),
    swaggerUi.setup(undefined, options),
  );
}
