import { findRules, writeRules } from '../db/notificationRules.ts';
import { inTransaction } from '../db/pool.ts';
import type { Queryable } from '../db/pool.ts';
import type { InputIssue, Result } from '../domain/errors.ts';
import { ok, refuse } from '../domain/errors.ts';
import { parseInput, refuseInput } from '../domain/input.ts';
import { notificationRulesSchema } from '../domain/notification/rules.ts';
import type { Instant } from '../domain/time.ts';
import { actorName, recordChange } from './auditLog.ts';
import { isVerified, managed, personMethods } from './contactMethods.ts';
import type { PersonMethod } from './contactMethods.ts';
import type { Engine } from './engine.ts';
import type { Asking } from './once.ts';

/** A person's rules as they wrote them. Version 0: they wrote none, so all verified methods are used at once. */
export interface PersonalRules {
  readonly version: number;
  readonly rules: Readonly<Record<string, unknown>>;
  readonly updatedAt: Instant | null;
  /** What of them has no effect as the methods are now, by its place. */
  readonly warnings: readonly InputIssue[];
}

interface NamedMethod {
  readonly pointer: string;
  readonly method: string;
}

function namedIn(written: unknown): NamedMethod[] {
  const parsed = notificationRulesSchema.safeParse(written);
  if (!parsed.success) return [];
  return (['interrupting', 'deferrable'] as const).flatMap((urgency) =>
    (parsed.data[urgency] ?? []).map(({ method }, index) => ({
      pointer: `/${urgency}/${index}/method`,
      method,
    })),
  );
}

function unknownIn(named: readonly NamedMethod[], methods: readonly PersonMethod[]): InputIssue[] {
  const ids = methods.map(({ id }) => id);
  return named
    .filter(({ method }) => !ids.includes(method))
    .map(({ pointer }) => ({
      pointer,
      detail: `is none of the person's contact methods: ${ids.join(', ') || 'there are none'}`,
    }));
}

function unusableIn(named: readonly NamedMethod[], methods: readonly PersonMethod[]): InputIssue[] {
  return named.flatMap(({ pointer, method: id }) => {
    const method = methods.find((one) => one.id === id);
    if (method === undefined) return [];
    if (method.disabledWhy !== null) {
      return [{ pointer, detail: `is switched off: ${method.disabledWhy}` }];
    }
    if (!isVerified(method)) {
      return [{ pointer, detail: 'is not verified, and skipped until then' }];
    }
    const { notSetUp } = method;
    return notSetUp === null ? [] : [{ pointer, detail: `is skipped: ${notSetUp}` }];
  });
}

/** A person's rules, for themselves and admins. */
export async function personalRules(
  engine: Engine,
  db: Queryable,
  person: string,
  { actor }: Pick<Asking, 'actor'>,
): Promise<Result<PersonalRules>> {
  const known = await managed(engine, db, person, actor, 'see the notification rules of others');
  if (!known.ok) return known;
  const stored = await findRules(db, person);
  const methods = await personMethods(db, person, known.value);
  const written = (stored?.written ?? {}) as PersonalRules['rules'];
  const named = namedIn(written);
  return ok({
    version: stored?.version ?? 0,
    rules: written,
    updatedAt: stored?.updatedAt ?? null,
    warnings: [...unknownIn(named, methods), ...unusableIn(named, methods)],
  });
}

/**
 * Replaces a person's rules, all of them.
 * @param data `notificationRulesSchema`'s
 * @param seen the version that the writer saw; undefined when any will do
 */
export function changeRules(
  engine: Engine,
  person: string,
  data: unknown,
  seen: number | undefined,
  { actor, now }: Asking,
): Promise<Result<PersonalRules>> {
  return inTransaction(engine.pool, async (tx) => {
    const known = await managed(
      engine,
      tx,
      person,
      actor,
      'change the notification rules of others',
    );
    if (!known.ok) return known;
    const parsed = parseInput(notificationRulesSchema, data);
    if (!parsed.ok) return parsed;
    const unknown = unknownIn(namedIn(data), await personMethods(tx, person, known.value));
    if (unknown.length > 0) return refuseInput(unknown);
    const actual = (await findRules(tx, person))?.version ?? 0;
    const expected = seen ?? actual;
    if (expected !== actual || !(await writeRules(tx, person, data, expected, actor.id, now))) {
      const after = (await findRules(tx, person))?.version ?? 0;
      return refuse({ kind: 'stale', expected, actual: after });
    }
    const change = { person, version: expected + 1 };
    const kind = 'notificationRulesChanged';
    await recordChange(tx, { kind, actor: actorName(actor), at: now, data: change });
    return personalRules(engine, tx, person, { actor });
  });
}
