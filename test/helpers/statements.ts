import type { Pool } from '../../db/pool.ts';

type Query = (...args: unknown[]) => unknown;

/** A pool whose statements are noted, in order: by their names, those without one by their text. */
export interface WatchedPool {
  readonly pool: Pool;
  readonly statements: string[];
}

/** Watches what goes over a pool and over the connections that are taken from it. */
export function watchPool(watched: Pool): WatchedPool {
  const statements: string[] = [];
  const noting = <Target extends object>(target: Target, others: object = {}): Target =>
    new Proxy(target, {
      get(of, name) {
        if (Object.hasOwn(others, name)) return Reflect.get(others, name) as unknown;
        const value: unknown = Reflect.get(of, name);
        if (typeof value !== 'function') return value;
        const call = value as Query;
        return (...args: unknown[]) => {
          if (name === 'query') statements.push(nameOf(args[0]));
          return call.apply(of, args);
        };
      },
    });
  const connect = async () => noting(await watched.connect());
  return { pool: noting(watched, { connect }), statements };
}

function nameOf(statement: unknown): string {
  if (typeof statement === 'string') return statement;
  const { name, text } = statement as { readonly name?: string; readonly text: string };
  return name ?? text;
}
