import { randomBytes } from 'node:crypto';
import {
  addMethod,
  findMethod,
  methodsOf,
  removeMethod as deleteMethod,
} from '../db/contactMethods.ts';
import type { ContactMethod } from '../db/contactMethods.ts';
import { readNotSetUp } from '../db/channelSetup.ts';
import { inTransaction } from '../db/pool.ts';
import type { Queryable } from '../db/pool.ts';
import { hasRole } from '../domain/actor.ts';
import type { Actor } from '../domain/actor.ts';
import type { ChannelKind } from '../domain/channelKinds.ts';
import type { DomainError, Result } from '../domain/errors.ts';
import { ok, refuse } from '../domain/errors.ts';
import { addressFault } from '../domain/notification/address.ts';
import { isPolicyMethod, policyMethods } from '../domain/notification/contactMethod.ts';
import { entry } from '../domain/policy.ts';
import type { Policy } from '../domain/policy.ts';
import { actorName, recordChange } from './auditLog.ts';
import type { AuditKind } from './auditLog.ts';
import type { Engine } from './engine.ts';
import { once } from './once.ts';
import type { Asking, Made } from './once.ts';

const MOST_METHODS = 20;

/** A person of the policy. */
export type KnownPerson = NonNullable<Policy['body']['people'][string]>;

export function isSelf(person: string, actor: Actor): boolean {
  return actor.kind === 'person' && actor.id === person;
}

/** Whether somebody may change how a person is reached, and see their addresses: the person and admins. */
export function mayManage(person: string, actor: Actor): boolean {
  return isSelf(person, actor) || hasRole(actor, ['admin']);
}

/** A person whom the actor may manage, or why not. @param what they want to do, in words */
export async function managed(
  engine: Engine,
  db: Queryable,
  person: string,
  actor: Actor,
  what: string,
): Promise<Result<KnownPerson>> {
  if (!mayManage(person, actor)) {
    return refuse({ kind: 'forbidden', command: what, roles: actor.roles, needed: ['admin'] });
  }
  const known = entry((await engine.policies.active(db)).body.people, person);
  return known === undefined ? refuse(noPerson(person)) : ok(known);
}

export function noPerson(person: string): DomainError {
  return { kind: 'notFound', what: `"${person}" in the people of the policy` };
}

export const noMethod: DomainError = { kind: 'notFound', what: 'this contact method' };

export const writtenInPolicy: DomainError = {
  kind: 'refused',
  detail: 'it is written in the policy, counts as verified, and is changed there',
  allowed: [],
};

/** A way to reach a person, wherever it is written down. */
export type PersonMethod = Omit<ContactMethod, 'person' | 'createdAt'> & {
  /** `policy`: it is changed there alone, and counts as verified. */
  readonly source: 'person' | 'policy';
  /** What to set so that its channel sends; null when that is set up. */
  readonly notSetUp: string | null;
};

/** All ways to reach a person: their own, in the order in which they were added, and the policy's. */
export async function personMethods(
  db: Queryable,
  person: string,
  known: KnownPerson,
): Promise<PersonMethod[]> {
  const own = await methodsOf(db, [person]);
  const notSetUp = await readNotSetUp(db);
  const ofPolicy = policyMethods(known).map(({ id, kind }) => ({
    id,
    kind,
    address: (kind === 'email' || kind === 'webhook' ? known[kind] : undefined) ?? '',
    label: 'by the policy',
    verifiedAt: null,
    disabledAt: null,
    disabledWhy: null,
    source: 'policy' as const,
  }));
  return [...own.map((method) => ({ ...method, source: 'person' as const })), ...ofPolicy].map(
    (method) => ({ ...method, notSetUp: notSetUp.get(method.kind) ?? null }),
  );
}

export function isVerified({ source, verifiedAt }: PersonMethod): boolean {
  return source === 'policy' || verifiedAt !== null;
}

/** Tells the audit log what became of a method: never its address, for the log stays. */
export async function recordMethodChange(
  tx: Queryable,
  kind: Extract<AuditKind, `contactMethod${string}`>,
  { id: method, person, kind: channel }: Pick<ContactMethod, 'id' | 'person' | 'kind'>,
  actor: string,
  at: number,
): Promise<void> {
  await recordChange(tx, { kind, actor, at, data: { person, method, channel } });
}

export interface NewMethod {
  readonly kind: ChannelKind;
  readonly address: string;
  /** What the person calls it. */
  readonly label: string;
}

/** Adds a method to a person. It gets no page until a code that was sent to it came back. */
export function addContactMethod(
  engine: Engine,
  person: string,
  { kind, address, label }: NewMethod,
  asking: Asking,
): Promise<Result<Made>> {
  const { actor, now } = asking;
  return inTransaction(engine.pool, (tx) =>
    once(tx, asking, { add: 'contactMethod', person, kind, address, label }, async () => {
      const known = await managed(engine, tx, person, actor, 'add a contact method for others');
      if (!known.ok) return known;
      const fault = addressFault(kind, address);
      if (fault !== undefined) {
        return refuse({ kind: 'invalid', issues: [{ pointer: '/address', detail: fault }] });
      }
      if ((await methodsOf(tx, [person])).length >= MOST_METHODS) {
        const detail = `"${person}" has ${MOST_METHODS} contact methods: remove one first`;
        return refuse({ kind: 'refused', detail, allowed: [] });
      }
      const id = `cm_${randomBytes(9).toString('hex')}`;
      const method = { id, person, kind, address, label };
      if ((await addMethod(tx, method, actor.id, now)) === undefined) {
        const detail = `"${person}" has this ${kind} address already`;
        return refuse({ kind: 'refused', detail, allowed: [] });
      }
      await recordMethodChange(tx, 'contactMethodAdded', method, actorName(actor), now);
      return ok(id);
    }),
  );
}

/** A person's own method, which the actor may manage. */
export async function ownMethod(
  engine: Engine,
  db: Queryable,
  person: string,
  id: string,
  actor: Actor,
  what: string,
): Promise<Result<ContactMethod>> {
  const known = await managed(engine, db, person, actor, what);
  if (!known.ok) return known;
  if (isPolicyMethod(id)) return refuse(writtenInPolicy);
  const method = await findMethod(db, id);
  if (method?.person !== person) return refuse(noMethod);
  return ok(method);
}

/** One of all a person's methods, which the actor may manage: the policy's too. */
export async function managedMethod(
  engine: Engine,
  db: Queryable,
  person: string,
  id: string,
  actor: Actor,
  what: string,
): Promise<Result<PersonMethod>> {
  const known = await managed(engine, db, person, actor, what);
  if (!known.ok) return known;
  const all = await personMethods(db, person, known.value);
  const found = all.find((method) => method.id === id);
  return found === undefined ? refuse(noMethod) : ok(found);
}

/** Removes a person's method: pages that were to go there are given up, and their next method is used. @returns the method as it was */
export function removeContactMethod(
  engine: Engine,
  person: string,
  id: string,
  { actor, now }: Asking,
): Promise<Result<ContactMethod>> {
  return inTransaction(engine.pool, async (tx) => {
    const found = await ownMethod(engine, tx, person, id, actor, 'remove a method of others');
    if (found.ok && (await deleteMethod(tx, id))) {
      await recordMethodChange(tx, 'contactMethodRemoved', found.value, actorName(actor), now);
    }
    return found;
  });
}
