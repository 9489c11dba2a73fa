import type { Instant } from '../time.ts';
import type { Page } from './course.ts';
import type { Escalation } from './schema.ts';

/**
 * Whether a page is answered, so that no further step is needed. One acknowledgement that is enough may be anybody's, as may those of a page to a
 * channel, which anybody reads, and those of a page to fewer people than must acknowledge: or else nobody could answer it. Otherwise different
 * people of the step must acknowledge; who did so before the page counts, but somebody must do so after it.
 * @param acknowledged who acknowledged since the page was made, in any order
 */
export function isAnswered(
  {
    people,
    channels,
    dropped,
    acknowledgedBy,
  }: Pick<Page, 'people' | 'channels' | 'dropped' | 'acknowledgedBy'>,
  acknowledged: readonly string[],
): boolean {
  const before = dropped.filter(({ why }) => why === 'acknowledged').map(({ key }) => key);
  const paged = new Set(people.map(({ person }) => person));
  const tooFew = new Set([...paged, ...before]).size < acknowledgedBy;
  const anybody = acknowledgedBy === 1 || channels.length > 0 || tooFew;
  const since = new Set(acknowledged.filter((person) => anybody || paged.has(person)));
  return since.size > 0 && new Set([...since, ...before]).size >= acknowledgedBy;
}

/**
 * When an escalation that was acknowledged begins anew because no work has begun; undefined when it need not.
 * @param workBeganAt null while no work has begun
 */
export function rePageAt(
  { rePageAfter }: Pick<Escalation, 'rePageAfter'>,
  acknowledgedAt: Instant,
  workBeganAt: Instant | null,
): Instant | undefined {
  if (rePageAfter === undefined) return undefined;
  const due = acknowledgedAt + rePageAfter;
  return workBeganAt !== null && workBeganAt <= due ? undefined : due;
}
