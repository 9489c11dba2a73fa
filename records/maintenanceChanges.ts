import { createHash, randomBytes } from 'node:crypto';
import { findWindow, removeWindow, storeWindow, windowsNotOver } from '../db/maintenance.ts';
import type { StoredWindow } from '../db/maintenance.ts';
import { inTransaction } from '../db/pool.ts';
import type { Queryable } from '../db/pool.ts';
import type { InputIssue, Result } from '../domain/errors.ts';
import { ok, refuse } from '../domain/errors.ts';
import { parseInput, refuseInput } from '../domain/input.ts';
import { withEnd } from '../domain/maintenance/occurrences.ts';
import { spanOf } from '../domain/maintenance/span.ts';
import { windowSchema } from '../domain/maintenance/window.ts';
import type { MaintenanceWindow, WindowDefinition } from '../domain/maintenance/window.ts';
import type { Policy } from '../domain/policy.ts';
import type { Instant } from '../domain/time.ts';
import { actorName, recordChange } from './auditLog.ts';
import type { AuditKind } from './auditLog.ts';
import { canonical } from './canonical.ts';
import type { Engine } from './engine.ts';
import { releaseChangedWindows } from './holds.ts';
import { readWindow } from './maintenance.ts';
import { once } from './once.ts';
import type { Asking, Made } from './once.ts';

/** Each step of an escalation looks at all that are not over. */
const MOST_WINDOWS = 1_000;

export const noWindow = { kind: 'notFound', what: 'this maintenance window' } as const;

type Seen = Asking & { readonly ifMatch?: number | undefined };

function unknownServices({ covers }: WindowDefinition, { body }: Policy): InputIssue[] {
  const services = covers === 'everything' ? [] : (covers.services ?? []);
  return services.flatMap((service, index) =>
    Object.hasOwn(body.services, service)
      ? []
      : [
          {
            pointer: `/covers/services/${index}`,
            detail: `"${service}" is not a service of the policy`,
          },
        ],
  );
}

/** What people wrote, checked: with when it stands first and last. */
async function parseWindow(engine: Engine, tx: Queryable, data: unknown, now: Instant) {
  const parsed = parseInput(windowSchema, data);
  if (!parsed.ok) return parsed;
  const issues = unknownServices(parsed.value, await engine.policies.active(tx));
  if (issues.length > 0) return refuseInput(issues);
  const span = spanOf({ ...parsed.value, changedEnds: [] });
  if (span === undefined) {
    const detail = 'holds none of the weekdays between "from" and "until"';
    return refuseInput([{ pointer: '/when/weekdays', detail }]);
  }
  if (span.to > now) return ok({ definition: parsed.value, span });
  const detail = 'is past: a window can only hold back what is still to come';
  const pointer = parsed.value.when.kind === 'once' ? '/when/to' : '/when/until';
  return refuseInput([{ pointer, detail }]);
}

/** The log has no reason in it: that is a text that somebody wrote. */
async function audit(
  tx: Queryable,
  kind: AuditKind,
  window: string,
  { definition, changedEnds }: { definition: unknown; changedEnds: unknown },
  { actor, now }: Asking,
): Promise<void> {
  const hash = createHash('sha256').update(canonical({ definition, changedEnds })).digest('hex');
  const data = { window, content: hash };
  await recordChange(tx, { kind, actor: actorName(actor), at: now, data });
}

/** Makes a maintenance window. @param data `windowSchema`'s */
export function createWindow(engine: Engine, data: unknown, asking: Asking): Promise<Result<Made>> {
  const { actor, now } = asking;
  return inTransaction(engine.pool, (tx) =>
    once(tx, asking, { make: 'maintenance window', data }, async () => {
      const parsed = await parseWindow(engine, tx, data, now);
      if (!parsed.ok) return parsed;
      if ((await windowsNotOver(tx, now)).length >= MOST_WINDOWS) {
        const detail = `${MOST_WINDOWS} windows stand or are to come already: delete one, or let one cover more`;
        return refuse({ kind: 'refused', detail, allowed: [] });
      }
      const id = `mtw_${randomBytes(12).toString('hex')}`;
      const content = { id, definition: data, changedEnds: [], overAt: parsed.value.span.to };
      await storeWindow(tx, content, actor.id, now);
      await audit(tx, 'windowMade', id, content, asking);
      return ok(id);
    }),
  );
}

type Change = (
  before: StoredWindow,
  window: MaintenanceWindow,
  tx: Queryable,
) => Promise<Result<Pick<StoredWindow, 'definition' | 'changedEnds'>>>;

/** Changes a window under its lock; then what it held back is looked at again. */
async function changing(
  engine: Engine,
  id: string,
  asking: Seen,
  kind: AuditKind,
  change: Change,
): Promise<Result<StoredWindow>> {
  const { actor, now, ifMatch } = asking;
  const changed = await inTransaction(engine.pool, async (tx) => {
    const before = await findWindow(tx, id, 'for update');
    const window = before && readWindow(before);
    if (before === undefined || window === undefined) return refuse(noWindow);
    if (ifMatch !== undefined && ifMatch !== before.version) {
      return refuse({ kind: 'stale', expected: ifMatch, actual: before.version });
    }
    const after = await change(before, window, tx);
    if (!after.ok) return after;
    const { definition, changedEnds } = after.value;
    const is = readWindow({ id, definition, changedEnds });
    const overAt = (is && spanOf(is)?.to) ?? now;
    if (
      canonical([definition, changedEnds]) !== canonical([before.definition, before.changedEnds])
    ) {
      await storeWindow(tx, { id, definition, changedEnds, overAt }, actor.id, now);
      await audit(tx, kind, id, after.value, asking);
    }
    return ok((await findWindow(tx, id)) ?? before);
  });
  // It is changed: a fault from here on is the worker's to mend.
  if (changed.ok) await releaseChangedWindows(engine).catch(() => undefined);
  return changed;
}

/** Changes what a window is. When it has begun, when it began stays. @param data `windowSchema`'s */
export function changeWindow(
  engine: Engine,
  id: string,
  data: unknown,
  asking: Seen,
): Promise<Result<StoredWindow>> {
  return changing(engine, id, asking, 'windowChanged', async (before, window, tx) => {
    const parsed = await parseWindow(engine, tx, data, asking.now);
    if (!parsed.ok) return parsed;
    const { span, definition } = parsed.value;
    const was = spanOf(window);
    const hasBegun = was !== undefined && was.from <= asking.now;
    if (hasBegun && span.from !== was.from) {
      const detail = 'cannot change any more: the window has begun';
      return refuseInput([{ pointer: '/when/from', detail }]);
    }
    const sameTimes = canonical(definition.when) === canonical(window.when);
    return ok({ definition: data, changedEnds: sameTimes ? before.changedEnds : [] });
  });
}

/** Ends the occurrence of a window that stands, now or at another time, which may also be later than it was to end. @param to undefined: now */
export function endWindow(
  engine: Engine,
  id: string,
  to: Instant | undefined,
  asking: Asking,
): Promise<Result<StoredWindow>> {
  return changing(engine, id, asking, 'windowEnded', (before, window) => {
    const ended = withEnd(window, to ?? asking.now, asking.now);
    if (!ended.ok) return Promise.resolve(ended);
    const { changedEnds } = ended.value;
    return Promise.resolve(ok({ definition: before.definition, changedEnds }));
  });
}

/** Takes a window away that has not begun. */
export function deleteWindow(
  engine: Engine,
  id: string,
  asking: Seen,
): Promise<Result<{ readonly id: string }>> {
  const { actor, now, ifMatch } = asking;
  return inTransaction(engine.pool, async (tx) => {
    const before = await findWindow(tx, id, 'for update');
    if (before === undefined) return refuse(noWindow);
    if (ifMatch !== undefined && ifMatch !== before.version) {
      return refuse({ kind: 'stale', expected: ifMatch, actual: before.version });
    }
    const window = readWindow(before);
    const span = window && spanOf(window);
    if (span !== undefined && span.from <= now) {
      const detail = 'it has begun, and what it held back is known by it: end it instead';
      return refuse({ kind: 'refused', detail, allowed: ['end'] });
    }
    await removeWindow(tx, id, actor.id, now);
    await audit(tx, 'windowDeleted', id, before, asking);
    return ok({ id });
  });
}
