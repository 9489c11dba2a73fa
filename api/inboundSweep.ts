import type { Logger } from 'pino';
import { SECOND } from '../domain/time.ts';
import { applyKept } from '../records/inbound.ts';
import type { Engine } from '../records/engine.ts';

const SWEEP_EVERY = 10 * SECOND;

/**
 * Applies answers and reports that were kept when a fault kept them from having their effect: at once, for the fault may have been the end of this
 * process, and now and then. Several processes may do so at once.
 * @returns ends it, after the sweep that is under way
 */
export function startInboundSweep(
  { engine, logger }: { readonly engine: Engine; readonly logger: Logger },
  every = SWEEP_EVERY,
): () => Promise<void> {
  let running = Promise.resolve();
  let busy = false;
  const sweep = async (): Promise<void> => {
    const faults = await applyKept(engine).catch((error: unknown) => [error]);
    const [err] = faults;
    if (err !== undefined) {
      logger.warn({ err, count: faults.length }, 'answers wait: they could not be applied');
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
