/** What is wrong with one part of an input: where (JSON Pointer, RFC 6901) and how to mend it. */
export interface InputIssue {
  readonly pointer: string;
  readonly detail: string;
}

/** Why a rule of a definition refuses: words alone when it is about the record as it stands, an issue when it is about one part of the input. */
export type Refusal = string | InputIssue;

/** Why a request was refused. A refusal is an answer, not a fault: it says what to do next. HTTP knows it as one map in api/problem.ts. */
export type DomainError =
  | { readonly kind: 'invalid'; readonly issues: readonly InputIssue[] }
  | {
      readonly kind: 'forbidden';
      readonly command: string;
      readonly roles: readonly string[];
      readonly needed: readonly string[];
    }
  | {
      readonly kind: 'wrongState';
      readonly command: string;
      readonly state: string;
      /** Who may in this state, when that is what is missing. */
      readonly needed?: readonly string[];
      readonly allowed: readonly string[];
    }
  | { readonly kind: 'refused'; readonly detail: string; readonly allowed: readonly string[] }
  | { readonly kind: 'notFound'; readonly what: string }
  | { readonly kind: 'stale'; readonly expected: number | string; readonly actual: number | string }
  | { readonly kind: 'keyReused'; readonly key: string };

export type Result<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: DomainError };

export function ok<T>(value: T): Result<T> {
  return { ok: true, value };
}

export function refuse(error: DomainError): Result<never> {
  return { ok: false, error };
}

/** For the `default` of a switch over a union: a case that someone forgot is a compile error, and a fault at run time. */
export function unreachable(value: never): never {
  throw new Error(`unexpected case: ${JSON.stringify(value)}`);
}
