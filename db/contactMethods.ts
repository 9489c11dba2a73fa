import type { Instant } from '../domain/time.ts';
import { toIso } from '../domain/time.ts';
import type { Queryable } from './pool.ts';

/** A way to reach a person that they, or an admin for them, added. */
export interface ContactMethod {
  readonly id: string;
  readonly person: string;
  /** The channel's name. */
  readonly kind: string;
  readonly address: string;
  /** What the person calls it: `work phone`. */
  readonly label: string;
  readonly createdAt: Instant;
  /** Null until a code that was sent to it came back: until then it gets no page. */
  readonly verifiedAt: Instant | null;
  /** Since when its provider says that it reaches nobody, and what the provider said. */
  readonly disabledAt: Instant | null;
  readonly disabledWhy: string | null;
}

interface MethodRow {
  id: string;
  person: string;
  kind: string;
  address: string;
  label: string;
  created_at: Date;
  verified_at: Date | null;
  disabled_at: Date | null;
  disabled_why: string | null;
}

const columns =
  'id, person, kind, address, label, created_at, verified_at, disabled_at, disabled_why';

function toMethod({
  created_at,
  verified_at,
  disabled_at,
  disabled_why,
  ...row
}: MethodRow): ContactMethod {
  return {
    ...row,
    createdAt: created_at.getTime(),
    verifiedAt: verified_at?.getTime() ?? null,
    disabledAt: disabled_at?.getTime() ?? null,
    disabledWhy: disabled_why,
  };
}

/** The methods of these people, in the order in which they were added. */
export async function methodsOf(
  db: Queryable,
  people: readonly string[],
): Promise<ContactMethod[]> {
  const { rows } = await db.query<MethodRow>({
    name: 'contact-methods',
    text: `select ${columns} from contact_methods where person = any($1::text[]) order by created_at, id`,
    values: [people],
  });
  return rows.map(toMethod);
}

export async function findMethod(db: Queryable, id: string): Promise<ContactMethod | undefined> {
  const { rows } = await db.query<MethodRow>({
    name: 'find-contact-method',
    text: `select ${columns} from contact_methods where id = $1`,
    values: [id],
  });
  return rows[0] && toMethod(rows[0]);
}

/** The hash of the policy in force and a contact method, which together say where a message goes. @param method its id, when the message has one */
export async function findDirections(
  db: Queryable,
  method: string | undefined,
): Promise<{
  readonly activePolicy: string | null;
  readonly method: ContactMethod | undefined;
}> {
  const { rows } = await db.query<
    { active_policy: string | null } & (MethodRow | { readonly id: null })
  >({
    name: 'find-directions',
    text: `select (select hash from policy_activations order by policy_activations.id desc limit 1) as active_policy, ${columns}
      from (select) one left join contact_methods m on m.id = $1`,
    values: [method ?? null],
  });
  const { active_policy = null, ...row } = rows[0] ?? { id: null };
  return { activePolicy: active_policy, method: row.id === null ? undefined : toMethod(row) };
}

/** The verified methods at an address, also those that are switched off: several people may share a telephone. */
export async function methodsAt(
  db: Queryable,
  kind: string,
  address: string,
): Promise<ContactMethod[]> {
  const { rows } = await db.query<MethodRow>(
    `select ${columns} from contact_methods where kind = $1 and address = $2 and verified_at is not null order by created_at, id`,
    [kind, address],
  );
  return rows.map(toMethod);
}

/** All methods at an address, also those that are not verified: whoever has it may want nothing sent there. @returns their ids */
export async function methodIdsAt(db: Queryable, kind: string, address: string): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    'select id from contact_methods where kind = $1 and address = $2 order by created_at, id',
    [kind, address],
  );
  return rows.map(({ id }) => id);
}

/** The verified methods at which a user of a chat server said who they are. */
export async function methodsOfUser(
  db: Queryable,
  kind: string,
  user: string,
): Promise<ContactMethod[]> {
  const { rows } = await db.query<MethodRow>(
    `select ${columns} from contact_methods where kind = $1 and provider_user = $2 and verified_at is not null order by created_at, id`,
    [kind, user],
  );
  return rows.map(toMethod);
}

/** Whether a user of a chat server has said who they are at one of a person's verified methods of this kind. */
export async function isIdentified(db: Queryable, kind: string, person: string): Promise<boolean> {
  const { rowCount } = await db.query(
    `select 1 from contact_methods where kind = $1 and person = $2 and provider_user is not null and verified_at is not null limit 1`,
    [kind, person],
  );
  return rowCount === 1;
}

/** Notes which user of its chat server reads what is sent to a method. @returns undefined when there is no such method */
export async function identifyMethod(
  db: Queryable,
  { id, kind, user }: { readonly id: string; readonly kind: string; readonly user: string },
): Promise<ContactMethod | undefined> {
  const { rows } = await db.query<MethodRow>(
    `update contact_methods set provider_user = $3 where id = $1 and kind = $2 returning ${columns}`,
    [id, kind, user],
  );
  return rows[0] && toMethod(rows[0]);
}

/** @returns undefined when the person has the same address of the same kind already */
export async function addMethod(
  db: Queryable,
  method: Pick<ContactMethod, 'id' | 'person' | 'kind' | 'address' | 'label'>,
  by: string,
  at: Instant,
): Promise<ContactMethod | undefined> {
  const { rows } = await db.query<MethodRow>(
    `insert into contact_methods (id, person, kind, address, label, created_at, created_by) values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (person, kind, address) do nothing returning ${columns}`,
    [method.id, method.person, method.kind, method.address, method.label, toIso(at), by],
  );
  return rows[0] && toMethod(rows[0]);
}

/** @returns whether there was one */
export async function removeMethod(db: Queryable, id: string): Promise<boolean> {
  const { rowCount } = await db.query('delete from contact_methods where id = $1', [id]);
  return rowCount === 1;
}

/** Methods that their provider says reach nobody are used no more, until they are verified or switched on again. @returns those that were on */
export async function disableMethods(
  db: Queryable,
  ids: readonly string[],
  why: string,
  at: Instant,
): Promise<ContactMethod[]> {
  const { rows } = await db.query<MethodRow>(
    `update contact_methods set disabled_at = $2, disabled_why = $3
     where id = any($1::text[]) and disabled_at is null returning ${columns}`,
    [ids, toIso(at), why],
  );
  return rows.map(toMethod);
}

/** Switches methods on again that were switched off for this reason. @returns those that were */
export async function enableMethods(
  db: Queryable,
  ids: readonly string[],
  why: string,
): Promise<ContactMethod[]> {
  const { rows } = await db.query<MethodRow>(
    `update contact_methods set disabled_at = null, disabled_why = null
     where id = any($1::text[]) and disabled_why = $2 returning ${columns}`,
    [ids, why],
  );
  return rows.map(toMethod);
}

/** Keeps the hash of the code that is about to be sent; an earlier one is void. */
export async function keepCode(
  db: Queryable,
  method: string,
  hash: Buffer,
  at: Instant,
  expiresAt: Instant,
): Promise<void> {
  await db.query(
    `insert into contact_codes (method, hash, sent_at, expires_at) values ($1, $2, $3, $4)
     on conflict (method) do update set hash = excluded.hash, sent_at = excluded.sent_at, expires_at = excluded.expires_at, attempts = 0`,
    [method, hash, toIso(at), toIso(expiresAt)],
  );
}

/** `wrong` says how many further attempts the code has. */
export type CodeOutcome =
  { readonly kind: 'verified' | 'none' } | { readonly kind: 'wrong'; readonly left: number };

/**
 * Compares a code with the one that was sent, once: each attempt counts, and a code that is right ends with it. In a transaction of the caller.
 * @param mostAttempts after so many wrong ones the code is void
 */
export async function tryCode(
  tx: Queryable,
  method: string,
  hash: Buffer,
  at: Instant,
  mostAttempts: number,
): Promise<CodeOutcome> {
  const { rows } = await tx.query<{ right: boolean; attempts: number }>(
    `update contact_codes set attempts = attempts + 1 where method = $1 and expires_at > $3 and attempts < $4
     returning hash = $2 as right, attempts`,
    [method, hash, toIso(at), mostAttempts],
  );
  const [tried] = rows;
  if (tried === undefined) return { kind: 'none' };
  if (!tried.right) return { kind: 'wrong', left: mostAttempts - tried.attempts };
  await tx.query('delete from contact_codes where method = $1', [method]);
  await tx.query(
    'update contact_methods set verified_at = $2, disabled_at = null, disabled_why = null where id = $1',
    [method, toIso(at)],
  );
  return { kind: 'verified' };
}
