import { isUnavailable } from '../db/unavailable.ts';
import { Superseded } from '../db/identity.ts';
import { noteFailure } from '../db/stalled.ts';
import type { Doing } from '../db/stalled.ts';
import type { Engine } from '../records/engine.ts';
import { describeFault } from '../records/stalled.ts';
import { quietly } from './failures.ts';

/** Does what a record's workflow asked for, and notes against the record when it fails for a reason of its own; a database that is away is none. */
export function watched<T>(
  engine: Engine,
  number: string,
  doing: Doing,
  work: () => Promise<T>,
): Promise<T> {
  return quietly(async () => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Superseded) && !isUnavailable(error)) {
        // The first fault is the one to tell.
        await noteFailure(engine.pool, number, doing, describeFault(error), engine.clock()).catch(
          () => undefined,
        );
      }
      throw error;
    }
  });
}
