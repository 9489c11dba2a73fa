import type { Request, RequestHandler, Router } from 'express';
import { problem, RequestProblem } from './problem.ts';

type Handlers = RequestHandler | readonly RequestHandler[];

/** Registers the methods of one path; every other method is 405 with Allow. */
export function methods(
  router: Router,
  path: string,
  {
    get,
    put,
    post,
    delete: remove,
  }: { get?: Handlers; put?: Handlers; post?: Handlers; delete?: Handlers },
): void {
  const route = router.route(path);
  const allow = ['OPTIONS'];
  if (get !== undefined) {
    route.get([get].flat());
    allow.push('GET', 'HEAD');
  }
  if (put !== undefined) {
    route.put([put].flat());
    allow.push('PUT');
  }
  if (post !== undefined) {
    route.post([post].flat());
    allow.push('POST');
  }
  if (remove !== undefined) {
    route.delete([remove].flat());
    allow.push('DELETE');
  }
  const Allow = allow.join(', ');
  route.options((_req, res) => {
    res.status(204).set('Allow', Allow).end();
  });
  route.all((req) => {
    throw new RequestProblem(problem('methodNotAllowed', `${req.method} is not possible here`), {
      Allow,
    });
  });
}

/** A named part of the path. */
export function param(req: Request, name: string): string {
  const value = req.params[name];
  return typeof value === 'string' ? value : '';
}
