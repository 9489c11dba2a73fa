import type { AnyFields } from '../domain/process.ts';
import type { Instant } from '../domain/time.ts';

/** Why one thing came out as it did: the rule, the facts it looked at, the result, and all of it in a sentence. */
export interface Explanation {
  readonly about: string;
  readonly kind: 'field' | 'deadline' | 'page';
  readonly sentence: string;
  readonly at: Instant;
  /** The event that decided it. */
  readonly seq: number;
  readonly rule: string;
  readonly facts: AnyFields;
  readonly result: unknown;
  readonly policy: string;
  readonly version: number;
  /** False when a later event decided it anew. */
  readonly current: boolean;
}
