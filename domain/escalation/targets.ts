import type { Escalation, Target } from './schema.ts';

/** Everybody and everything that an escalation names, in order: its steps, its catch-all, and whom it tells when it is exhausted. */
export function targetsOf({ steps, catchAll, whenExhausted }: Escalation): readonly Target[] {
  return [...steps.flatMap(({ to }) => to), ...(catchAll?.to ?? []), ...whenExhausted.tell];
}
