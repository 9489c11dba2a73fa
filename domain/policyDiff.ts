import { pointerTo } from './pointer.ts';

/** One place at which two policies differ, as a JSON Pointer (RFC 6901). */
export interface PolicyChange {
  readonly pointer: string;
  readonly kind: 'added' | 'removed' | 'changed';
  /** What stood there; absent when it was added. */
  readonly from?: unknown;
  /** What stands there now; absent when it was removed. */
  readonly to?: unknown;
}

type Table = Readonly<Record<string, unknown>>;

function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function diffTables(before: Table, after: Table, pointer: string): PolicyChange[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.flatMap((name): PolicyChange[] => {
    const place = `${pointer}${pointerTo([name])}`;
    if (!Object.hasOwn(after, name)) {
      return [{ pointer: place, kind: 'removed', from: before[name] }];
    }
    if (!Object.hasOwn(before, name)) return [{ pointer: place, kind: 'added', to: after[name] }];
    return diffPolicies(before[name], after[name], place);
  });
}

/**
 * Where two policies differ, as they were written: defaults that a file leaves out are not filled in. Lists of the same length are compared place
 * by place, as a matrix is read; lists that grew or shrank are told whole.
 */
export function diffPolicies(before: unknown, after: unknown, pointer = ''): PolicyChange[] {
  if (Object.is(before, after)) return [];
  if (isTable(before) && isTable(after)) return diffTables(before, after, pointer);
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    return before.flatMap((part, index) =>
      diffPolicies(part, after[index], `${pointer}${pointerTo([index])}`),
    );
  }
  return [{ pointer, kind: 'changed', from: before, to: after }];
}
