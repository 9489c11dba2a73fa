/** Work is owed. */
export const open = ['new', 'assigned', 'inProgress', 'onHold'] as const;

/** The service is restored. */
export const ended = ['resolved', 'closed'] as const;

export const anyState = [...open, ...ended, 'cancelled'] as const;

export type IncidentState = (typeof anyState)[number];

export function isEnded(state: IncidentState): boolean {
  return (ended as readonly string[]).includes(state);
}

export function isOpen(state: IncidentState): boolean {
  return (open as readonly string[]).includes(state);
}

/** Somebody may have it, and nobody has begun. */
export function isUntouched(state: IncidentState): boolean {
  return state === 'new' || state === 'assigned';
}
