import type { AddressedNotification, PlannedWork } from '../db/effects.ts';
import { hasChangeablePages } from '../db/messageUpdates.ts';
import type { Queryable } from '../db/pool.ts';
import { effectKey, seqOf } from '../domain/ids.ts';
import type { EffectKey, RecordNumber } from '../domain/ids.ts';
import { entry } from '../domain/policy.ts';
import type { Policy } from '../domain/policy.ts';
import type { Effect, Notification, PlannedEffect, RecordState } from '../domain/process.ts';
import type { Instant } from '../domain/time.ts';
import { contactsOf } from './contactPlan.ts';
import type { Contacts } from './contactPlan.ts';

/** An effect as it is stored: of a message each way that it takes is one. */
export interface Work {
  readonly key: EffectKey;
  readonly effect: PlannedWork;
  readonly during: string | null;
  /** Null: at once. */
  readonly notBefore: Instant | null;
}

type Way = Pick<Work, 'effect' | 'notBefore'>;

const nobody: Contacts = {
  policy: '',
  people: new Set(),
  notSetUp: new Set(),
  placeOf: () => undefined,
  planFor: () => ({ notifications: [], skipped: [] }),
};

/** The ways that a message takes to a person: by their rules, each at its time. Nobody can be reached: none. */
function waysTo(
  person: string,
  { message, urgency }: Notification,
  contacts: Contacts,
  now: Instant,
): Way[] {
  const { notifications } = contacts.planFor(person, urgency, now);
  return notifications.map(({ method, kind, at, why }) => {
    const effect: AddressedNotification = {
      kind: 'notification',
      person,
      channel: kind,
      method,
      why,
      message,
      urgency,
    };
    return { effect, notBefore: at > now ? at : null };
  });
}

/** The effects but those to change messages of which nothing was sent that can be changed. */
async function worthwhile(
  db: Queryable,
  number: RecordNumber,
  planned: readonly PlannedEffect[],
): Promise<readonly PlannedEffect[]> {
  const kept = await Promise.all(
    planned.map(
      async ({ effect }) =>
        effect.kind !== 'update' || (await hasChangeablePages(db, { number, of: effect.of })),
    ),
  );
  return planned.filter((_, index) => kept[index]);
}

function waysOf(effect: Effect, contacts: Contacts, policy: Policy, now: Instant): Way[] {
  if (effect.kind !== 'notification') return [{ effect, notBefore: null }];
  if ('person' in effect) return waysTo(effect.person, effect, contacts, now);
  const { namedChannel, message, urgency } = effect;
  const place = entry(policy.body.channels, namedChannel);
  if (place === undefined) return [];
  const { kind: channel } = place;
  return [
    { effect: { kind: 'notification', namedChannel, channel, message, urgency }, notBefore: null },
  ];
}

function receiversOf(planned: readonly PlannedEffect[]): string[] {
  const people = planned.flatMap(({ effect }) =>
    effect.kind === 'notification' && 'person' in effect ? [effect.person] : [],
  );
  return [...new Set(people)];
}

/**
 * Turns messages into what is sent by which way and when. Keys are the record's, the event's seq, and a count.
 * @param record as it is after what asked for them
 * @param known how people can be reached, as far as it has been read
 */
export async function addressed(
  db: Queryable,
  { number, lastAt: now }: Pick<RecordState, 'number' | 'lastAt'>,
  planned: readonly PlannedEffect[],
  policy: Policy,
  known: Contacts = nobody,
): Promise<Work[]> {
  const people = receiversOf(planned);
  const isKnown = known.policy === policy.hash && people.every((one) => known.people.has(one));
  const contacts = isKnown || people.length === 0 ? known : await contactsOf(db, policy, people);
  const counts = new Map<number, number>();
  return (await worthwhile(db, number, planned)).flatMap(({ key, effect, during }) => {
    const seq = seqOf(key);
    return waysOf(effect, contacts, policy, now).map((way) => {
      const index = counts.get(seq) ?? 0;
      counts.set(seq, index + 1);
      return { key: effectKey(number, seq, index), during, ...way };
    });
  });
}
