/** What a key may do. `integration` is a monitoring system's, `system` is Provisor's own timers and orchestrations; the others are people's. */
export const roles = [
  'requester',
  'agent',
  'resolver',
  'manager',
  'admin',
  'integration',
  'system',
] as const;
export type Role = (typeof roles)[number];

/** Roles that a person's API key can carry. */
export const personRoles = ['requester', 'agent', 'resolver', 'manager', 'admin'] as const;

/** Who acts. `id` is a person of the policy, an integration's name, or what the system acted for (`tick`, an effect's key). */
export interface Actor {
  readonly kind: 'person' | 'integration' | 'system';
  readonly id: string;
  readonly roles: readonly Role[];
  readonly organisation: string;
}

export function systemActor(id: string, organisation: string): Actor {
  return { kind: 'system', id, roles: ['system'], organisation };
}

/** An admin may do whatever any person or integration may; what only the system may is closed to everybody. */
export function hasRole(actor: Actor, allowed: readonly Role[]): boolean {
  if (actor.roles.some((role) => allowed.includes(role))) return true;
  return actor.roles.includes('admin') && allowed.some((role) => role !== 'system');
}

/** People who only ask, and integrations, see just what they asked for themselves, and public comments. */
export function seesOnlyOwn(actor: Actor): boolean {
  return actor.roles.every((role) => role === 'requester' || role === 'integration');
}
