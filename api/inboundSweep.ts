import type { Logger } from 'pino';
import { SECOND } from '../domain/time.ts';
import { applyKept } from '../records/inbound.ts';
import type { Engine } from '../records/engine.ts';

const SWEEP_EVERY = 10 * SECOND;

/**
 * Applies answers and reports that were kept when a fault kept them from having their effect: at once, for the fault may have been the end of this
 * process, and now and then. What is given up is logged as an error. Several processes may do so at once.
 * @returns ends it, after the sweep that is under way
 */
export function startInboundSweep(
  { engine, logger }: { readonly engine: Engine; readonly logger: Logger },
  every = SWEEP_EVERY,
): () => Promise<void> {
  let running = Promise.resolve();
  let busy = false;
  const sweep = async (): Promise<void> => {
    try {
      const unapplied = await applyKept(engine);
      for (const { id, fault: err } of unapplied.filter(({ gaveUp }) => gaveUp)) {
        logger.error({ err, id }, 'an answer was given up: it could not be applied');
      }
      const waiting = unapplied.filter(({ gaveUp }) => !gaveUp);
      const [first] = waiting;
      if (first !== undefined) {
        const count = waiting.length;
        logger.warn({ err: first.fault, count }, 'answers wait: they could not be applied');
      }
    } catch (err) {
      logger.warn({ err }, 'whether answers wait is not known');
    }
    busy = false;
  };
  const begin = (): void => {
    if (busy) return;
    busy = true;
    running = sweep();
  };
  begin();
  const timer = setInterval(begin, every);
  return () => {
    clearInterval(timer);
    return running;
  };
}
