import { inTransaction } from '../db/pool.ts';
import { hasRole } from '../domain/actor.ts';
import type { ChannelKind } from '../domain/channelKinds.ts';
import { ok, refuse } from '../domain/errors.ts';
import type { Result } from '../domain/errors.ts';
import { entry } from '../domain/policy.ts';
import type { Engine } from './engine.ts';
import { once } from './once.ts';
import type { Asking } from './once.ts';
import { makeRoom, withinLimits } from './sendingLimits.ts';
import type { Limited } from './sendingLimits.ts';

/** A test page to a place that many people read. The id is for `finishSending` and `findSending`. */
export interface AskedTest {
  /** `repeated`: an earlier request with the same Idempotency-Key sent it. */
  readonly kind: 'new' | 'repeated';
  readonly id: string;
  readonly place: { readonly kind: ChannelKind; readonly address: string };
}

/** Makes room for one test page to one of the policy's channels, within the limits of contact methods. Send it after this. */
export function askChannelTest(
  engine: Engine,
  name: string,
  asking: Asking,
): Promise<Result<AskedTest | Limited>> {
  const { actor, now } = asking;
  return withinLimits(() =>
    inTransaction(engine.pool, async (tx) => {
      if (!hasRole(actor, ['manager', 'admin'])) {
        const needed = ['manager', 'admin'] as const;
        return refuse({ kind: 'forbidden', command: 'test channel', roles: actor.roles, needed });
      }
      const { channels } = (await engine.policies.active(tx)).body;
      const place = entry(channels, name);
      if (place === undefined) {
        return refuse({ kind: 'notFound', what: `"${name}" in the channels of the policy` });
      }
      const { kind, address } = place;
      const made = await once(tx, asking, { send: 'test', channel: name }, async () =>
        ok(await makeRoom(tx, { purpose: 'test', person: null, kind, address }, now)),
      );
      if (!made.ok) return made;
      const { id, repeated } = made.value;
      return ok({ kind: repeated ? 'repeated' : 'new', id, place: { kind, address } } as const);
    }),
  );
}
