import { randomBytes } from 'node:crypto';
import { inTransaction } from '../db/pool.ts';
import type { Queryable } from '../db/pool.ts';
import { addOverride } from '../db/scheduleOverrides.ts';
import { lockSchedule } from '../db/schedules.ts';
import { addSwap, answerSwap as storeAnswer, findSwap } from '../db/scheduleSwaps.ts';
import type { Actor } from '../domain/actor.ts';
import type { Result } from '../domain/errors.ts';
import { ok, refuse } from '../domain/errors.ts';
import { acceptSwap, endSwap } from '../domain/onCall/answerSwap.ts';
import { proposeSwap } from '../domain/onCall/proposeSwap.ts';
import type { Swap, SwapCommand, SwapSituation } from '../domain/onCall/swap.ts';
import { entry } from '../domain/policy.ts';
import type { Instant } from '../domain/time.ts';
import { actorName, recordChange } from './auditLog.ts';
import type { Engine } from './engine.ts';
import { once } from './once.ts';
import type { Asking, Made } from './once.ts';
import { noSchedule } from './scheduleChanges.ts';
import { activePeople } from './scheduleDefinition.ts';
import { FOREVER, newOverrideId } from './scheduleOverrides.ts';

/** What a schedule's swaps are decided on; undefined when there is no such schedule. */
export async function swapSituation(
  engine: Engine,
  db: Queryable,
  schedule: string,
  actor: Actor,
  now: Instant,
): Promise<SwapSituation | undefined> {
  const standing = entry(await engine.schedules.standing(db, [schedule], now, FOREVER), schedule);
  if (standing === undefined) return undefined;
  const people = activePeople(await engine.policies.active(db));
  return { schedule: standing.schedule, overrides: standing.overrides, people, actor, now };
}

/** As `swapSituation`; nobody changes it until the transaction ends. */
async function lockedSituation(engine: Engine, tx: Queryable, schedule: string, asking: Asking) {
  await lockSchedule(tx, schedule);
  return swapSituation(engine, tx, schedule, asking.actor, asking.now);
}

/** Asks for a swap. @param data `swapSchema`'s */
export function askForSwap(
  engine: Engine,
  schedule: string,
  data: unknown,
  asking: Asking,
): Promise<Result<Made>> {
  return inTransaction(engine.pool, (tx) =>
    once(tx, asking, { ask: 'swap', schedule, data }, async () => {
      const situation = await lockedSituation(engine, tx, schedule, asking);
      if (situation === undefined) return refuse(noSchedule);
      const proposed = proposeSwap(data, situation);
      if (!proposed.ok) return proposed;
      const id = `swp_${randomBytes(12).toString('hex')}`;
      await addSwap(tx, { id, schedule, swap: proposed.value });
      const { by, to } = proposed.value;
      await recordChange(tx, {
        kind: 'swapAsked',
        actor: actorName(asking.actor),
        at: asking.now,
        data: { schedule, id, by, to },
      });
      return ok(id);
    }),
  );
}

interface Answered {
  readonly swap: Swap;
  readonly overrides: Extract<ReturnType<typeof acceptSwap>, { ok: true }>['value']['overrides'];
}

function decide(swap: Swap, command: SwapCommand, situation: SwapSituation): Result<Answered> {
  if (command === 'accept') return acceptSwap(swap, situation);
  const ended = endSwap(swap, command, situation);
  return ended.ok ? ok({ swap: ended.value, overrides: [] }) : ended;
}

/** Accepts, declines or withdraws a swap; an accepted one becomes overrides at once. */
export function answerSwap(
  engine: Engine,
  id: string,
  command: SwapCommand,
  asking: Asking,
): Promise<Result<Made>> {
  const { actor, now } = asking;
  return inTransaction(engine.pool, (tx) =>
    once(tx, asking, { swap: id, command }, async () => {
      const found = await findSwap(tx, id);
      const situation = found && (await lockedSituation(engine, tx, found.schedule, asking));
      // Read again behind the lock: somebody may have answered in between.
      const stored = await findSwap(tx, id);
      if (stored === undefined || situation === undefined) {
        return refuse({ kind: 'notFound', what: 'this swap' });
      }
      const answered = decide(stored.swap, command, situation);
      if (!answered.ok) return answered;
      const { swap, overrides } = answered.value;
      await storeAnswer(tx, id, swap.state, now);
      const { schedule } = stored;
      for (const definition of overrides) {
        const override = { id: newOverrideId(), schedule, definition, swap: id };
        await addOverride(tx, override, actor.id, now);
      }
      await recordChange(tx, {
        kind: 'swapAnswered',
        actor: actorName(actor),
        at: now,
        data: { schedule, id, state: swap.state },
      });
      return ok(id);
    }),
  );
}
