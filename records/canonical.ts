import module from 'canonicalize';

// The package is CommonJS whose types claim an ES default export: the default import is the function itself.
const canonicalize = module as unknown as (value: unknown) => string | undefined;

/** Canonical JSON (RFC 8785): equal values give equal text, whatever the order of their keys. */
export function canonical(value: unknown): string {
  return canonicalize(value) ?? '';
}
