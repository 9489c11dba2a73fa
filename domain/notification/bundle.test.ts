import fc from 'fast-check';
import { fromIso, HOUR, MINUTE, SECOND } from '../time.ts';
import { bundle, byRank } from './bundle.ts';
import type { DueMessage, SentMessage } from './bundle.ts';

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
const sent = (at: number, change: Partial<SentMessage> = {}): SentMessage => ({
  urgency: 'interrupting',
  priority: 2,
  at,
  ...change,
});
const deferrable = { urgency: 'deferrable', priority: 4 } as const;
const keys = (messages: readonly DueMessage[]) => messages.map(({ key }) => key);

test('what the limit allows goes out each by itself', () => {
  expect(bundle(many(3), [], limit, now)).toMatchObject({ together: [], waiting: [] });
  expect(bundle(many(2), [sent(now - MINUTE)], limit, now).alone).toHaveLength(2);
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
  const before = [now - MINUTE, now - 4 * MINUTE, now - 3 * MINUTE].map((at) => sent(at));
  const { waiting, until } = bundle(many(5), before, limit, now);
  expect([waiting.length, until]).toEqual([5, now + 6 * MINUTE]);
});

test('when a limit was lowered messages wait until enough of those that were sent no longer count', () => {
  const before = [1, 2, 3, 4].map((minute) => sent(now - minute * MINUTE));
  expect(bundle(many(1), before, { ...limit, messages: 2 }, now).until).toBe(now + 8 * MINUTE);
});

test('what was sent so long ago does not count any more', () => {
  const before = [now - 10 * MINUTE, now - MINUTE, now - MINUTE].map((at) => sent(at));
  expect(bundle(many(1), before, limit, now).alone).toHaveLength(1);
});

test('what is less urgent uses up nothing of what is more urgent', () => {
  const before = many(3).map(() => sent(now - MINUTE, deferrable));
  const pending = [message('page'), message('news', deferrable)];
  const { alone, waiting, until } = bundle(pending, before, limit, now);
  expect([keys(alone), keys(waiting), until]).toEqual([['page'], ['news'], now + 9 * MINUTE]);
});

test('a priority 1 among a thousand of priority 4 goes out at once and by itself', () => {
  const storm = many(1_000).map((one) => ({ ...one, priority: 4, dueAt: now - MINUTE }));
  const first = message('first', { priority: 1 });
  expect(keys(bundle([...storm, first], [], limit, now).alone)[0]).toBe('first');
  const before = [1, 2, 3].map((minute) => sent(now - minute * MINUTE, { priority: 4 }));
  const { alone, together, waiting } = bundle([...storm, first], before, limit, now);
  expect([keys(alone), together.length, waiting.length]).toEqual([['first'], 0, 1_000]);
});

test('what has waited for the whole stretch goes along with what is more urgent, and waits no second one', () => {
  const waiting = message('waiting', { priority: 3, dueAt: now - 9 * MINUTE });
  const before = [sent(now - MINUTE), sent(now - 2 * MINUTE), sent(now - 3 * MINUTE)];
  const first = message('first', { priority: 1 });
  expect(keys(bundle([waiting, first], before, limit, now).together)).toEqual(['first', 'waiting']);
  const sooner = before.map((one) => ({ ...one, at: one.at - 6 * MINUTE }));
  const newer = { ...waiting, dueAt: now - 5 * MINUTE };
  expect(keys(bundle([newer, first], sooner, limit, now).alone)).toEqual(['first']);
});

test('what a clock that is an hour ahead or behind dated holds nothing back', () => {
  const dated = [now + HOUR, now - HOUR].flatMap((at) => many(3).map(() => sent(at)));
  expect(bundle(many(1), dated, limit, now).alone).toHaveLength(1);
});

const arrivals = fc.array(
  fc.record({
    inSeconds: fc.nat(900),
    urgency: fc.constantFrom('interrupting' as const, 'deferrable' as const),
    priority: fc.integer({ min: 1, max: 5 }),
  }),
  { maxLength: 60 },
);

test('every message goes out exactly once, within the stretch of time, and keeps to the limit with all that is no less urgent', () => {
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
        const wentOut: SentMessage[] = [];
        const told: { key: string; waited: number }[] = [];
        let at = now;
        let pending: DueMessage[] = [];
        while (coming.length > 0 || pending.length > 0) {
          while ((coming[0]?.dueAt ?? Infinity) <= at) pending.push(...coming.splice(0, 1));
          const { alone, together, waiting, until } = bundle(pending, wentOut, rate, at);
          expect(alone.length + together.length + waiting.length).toBe(pending.length);
          for (const { key, dueAt } of [...alone, ...together]) {
            told.push({ key, waited: at - dueAt });
          }
          wentOut.push(...[...alone, ...together.slice(0, 1)].map((one) => ({ ...one, at })));
          pending = [...waiting];
          const next = Math.min(until ?? Infinity, coming[0]?.dueAt ?? Infinity);
          if (next === Infinity) break;
          expect(next).toBeGreaterThan(at);
          at = next;
        }
        expect(told.map(({ key }) => key).sort()).toEqual(list.map((_, n) => `m${n}`).sort());
        expect(told.filter(({ waited }) => waited > rate.per)).toEqual([]);
        const crowded = wentOut.filter((last) => {
          const before = wentOut.filter((one) => {
            return byRank(one, last) <= 0 && last.at - rate.per < one.at && one.at <= last.at;
          });
          return before.length > rate.messages;
        });
        expect(crowded).toEqual([]);
      },
    ),
    {
      examples: [
        [
          [
            { inSeconds: 177, urgency: 'interrupting', priority: 1 },
            { inSeconds: 178, urgency: 'interrupting', priority: 3 },
            { inSeconds: 179, urgency: 'interrupting', priority: 3 },
            { inSeconds: 477, urgency: 'interrupting', priority: 2 },
            { inSeconds: 478, urgency: 'interrupting', priority: 1 },
          ],
          { messages: 2, per: 5 * MINUTE },
        ],
      ],
    },
  );
});
