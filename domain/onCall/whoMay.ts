import { hasRole } from '../actor.ts';
import type { Actor } from '../actor.ts';
import type { DomainError } from '../errors.ts';
import type { OverrideDefinition } from './override.ts';

function forbidden(command: string, actor: Actor): DomainError {
  return { kind: 'forbidden', command, roles: actor.roles, needed: ['manager'] };
}

const isManager = (actor: Actor) => hasRole(actor, ['manager']);

/**
 * Why somebody may not make an override: managers may make any; everybody else one that begins or ends their own time on call, or gives
 * it to another.
 */
export function overrideForbidden(
  override: OverrideDefinition,
  actor: Actor,
): DomainError | undefined {
  const whose = override.kind === 'replace' ? override.insteadOf : override.person;
  if (isManager(actor) || whose === actor.id) return undefined;
  return forbidden('override the shifts of others', actor);
}

/** Why somebody may not withdraw an override: managers may withdraw any; everybody else what they made, but not what two agreed on. */
export function withdrawalForbidden(
  { madeBy, swap }: { readonly madeBy: string; readonly swap: string | null },
  actor: Actor,
): DomainError | undefined {
  if (isManager(actor) || (madeBy === actor.id && swap === null)) return undefined;
  return forbidden(
    swap === null ? 'withdraw the overrides of others' : 'withdraw a part of a swap',
    actor,
  );
}

/** Why somebody may not make, see or revoke feeds of a person's shifts: that is for this person and for managers. */
export function personFeedForbidden(person: string, actor: Actor): DomainError | undefined {
  if (isManager(actor) || person === actor.id) return undefined;
  return forbidden('use the feeds of others', actor);
}
