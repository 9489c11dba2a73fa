import type { StoredEvent } from '../db/events.ts';

const SHORT_HASH = 8;

/** What decided an event, short: `policy ab12cd34…, definition 3`. */
export function ofPolicy({ policy, version }: StoredEvent): string {
  return `policy ${policy.slice(0, SHORT_HASH)}…, definition ${version}`;
}
