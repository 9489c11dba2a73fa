import fc from 'fast-check';
import { fromIso, MINUTE, SECOND } from '../time.ts';
import { bundle } from './bundle.ts';
import type { DueMessage } from './bundle.ts';

const now = fromIso('2026-11-23T03:00:00Z');
const limit = { messages: 3, per: 10 * MINUTE };

const message = (key: string, change: Partial<DueMessage> = {}): DueMessage => ({
  key,
  urgency: 'interrupting',
  priority: 2,
  dueAt: now,
  ...change,
});
const many = (count: number) => Array.from({ length: count }, (_, index) => message(`m${index}`));
const keys = (messages: readonly DueMessage[]) => messages.map(({ key }) => key);

test('what the limit allows goes out each by itself', () => {
  expect(bundle(many(3), [], limit, now)).toMatchObject({ together: [], waiting: [] });
  expect(bundle(many(2), [now - MINUTE], limit, now).alone).toHaveLength(2);
});

test('the last message that the limit allows takes all the others', () => {
  const { alone, together, waiting } = bundle(many(40), [], limit, now);
  expect([alone.length, together.length, waiting.length]).toEqual([2, 38, 0]);
});

test('the most urgent go first: interrupting ones, then by priority, then by age', () => {
  const pending = [
    message('deferrable', { urgency: 'deferrable', priority: 1 }),
    message('newer'),
    message('older', { dueAt: now - MINUTE }),
    message('first', { priority: 1 }),
  ];
  const { alone, together } = bundle(pending, [], limit, now);
  expect([keys(alone), keys(together)]).toEqual([
    ['first', 'older'],
    ['newer', 'deferrable'],
  ]);
});

test('when the limit is used up messages wait until one that was sent no longer counts', () => {
  const sent = [now - MINUTE, now - 4 * MINUTE, now - 3 * MINUTE];
  const { waiting, until } = bundle(many(5), sent, limit, now);
  expect([waiting.length, until]).toEqual([5, now + 6 * MINUTE]);
});

test('when a limit was lowered messages wait until enough of those that were sent no longer count', () => {
  const sent = [1, 2, 3, 4].map((minute) => now - minute * MINUTE);
  expect(bundle(many(1), sent, { ...limit, messages: 2 }, now).until).toBe(now + 8 * MINUTE);
});

test('what was sent so long ago does not count any more', () => {
  expect(
    bundle(many(1), [now - 10 * MINUTE, now - MINUTE, now - MINUTE], limit, now).alone,
  ).toHaveLength(1);
});

const arrivals = fc.array(
  fc.record({
    inSeconds: fc.nat(900),
    urgency: fc.constantFrom('interrupting' as const, 'deferrable' as const),
    priority: fc.integer({ min: 1, max: 5 }),
  }),
  { maxLength: 60 },
);

test('every message goes out exactly once, and the limit is kept in every stretch of time', () => {
  fc.assert(
    fc.property(
      arrivals,
      fc.record({
        messages: fc.integer({ min: 1, max: 5 }),
        per: fc.constantFrom(MINUTE, 5 * MINUTE),
      }),
      (list, rate) => {
        const coming = list
          .map(({ inSeconds, ...rest }, index) =>
            message(`m${index}`, { ...rest, dueAt: now + inSeconds * SECOND }),
          )
          .sort((a, b) => a.dueAt - b.dueAt);
        const sentAt: number[] = [];
        const told: string[] = [];
        let at = now;
        let pending: DueMessage[] = [];
        while (coming.length > 0 || pending.length > 0) {
          while ((coming[0]?.dueAt ?? Infinity) <= at) pending.push(...coming.splice(0, 1));
          const { alone, together, waiting, until } = bundle(pending, sentAt, rate, at);
          expect(alone.length + together.length + waiting.length).toBe(pending.length);
          told.push(...keys(alone), ...keys(together));
          sentAt.push(...alone.map(() => at), ...(together.length > 0 ? [at] : []));
          pending = [...waiting];
          const next = Math.min(until ?? Infinity, coming[0]?.dueAt ?? Infinity);
          if (next === Infinity) break;
          expect(next).toBeGreaterThan(at);
          at = next;
        }
        expect(told.toSorted()).toEqual(list.map((_, index) => `m${index}`).toSorted());
        const crowded = sentAt.filter(
          (since) =>
            sentAt.filter((one) => since <= one && one < since + rate.per).length > rate.messages,
        );
        expect(crowded).toEqual([]);
      },
    ),
  );
});
