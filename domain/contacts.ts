import { pathOf } from './pointer.ts';
import type { PolicyChange } from './policyDiff.ts';

/** What stands in the place of an address that somebody may not see. It is no address, so a policy that was shown with it is refused when it is applied. */
export const HIDDEN = '[hidden]';

/** What is no address of a person. Everything else is hidden, also what another version stored. */
const shown: readonly string[] = ['name', 'active'];

type Table = Readonly<Record<string, unknown>>;

function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function mapTable(value: unknown, change: (entry: unknown, key: string) => unknown): unknown {
  if (!isTable(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, change(entry, key)]));
}

/** A policy's data without people's addresses: a webhook's may carry a secret. */
export function hideContacts(policy: unknown): unknown {
  return mapTable(policy, (table, name) =>
    name !== 'people'
      ? table
      : mapTable(table, (person) =>
          mapTable(person, (value, field) => (shown.includes(field) ? value : HIDDEN)),
        ),
  );
}

/** What stands at a place of a policy, without people's addresses. */
function hideAt(pointer: string, value: unknown): unknown {
  const path = pathOf(pointer);
  const policy = path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
  return path.reduce((at, key) => (isTable(at) ? at[key] : at), hideContacts(policy));
}

/** A change of a policy without people's addresses: that one changed is told, not how. */
export function hideContactsOf(change: PolicyChange): PolicyChange {
  const { pointer } = change;
  return {
    ...change,
    ...('from' in change ? { from: hideAt(pointer, change.from) } : {}),
    ...('to' in change ? { to: hideAt(pointer, change.to) } : {}),
  };
}
