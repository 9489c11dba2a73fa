import { inOrder } from '../../activities/order.ts';
import { SECOND } from '../../domain/time.ts';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

/** Work that ends when it is told to. */
function work(name: string, begun: string[]) {
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  const run = (): Promise<void> => {
    begun.push(name);
    return ended;
  };
  return { run, end };
}

/** Fills the worker. @returns how to end it all */
const fill = (): (() => void) => fillBut(0);

/** Fills the worker but for so many. @returns how to end it all */
function fillBut(free: number): () => void {
  const all = Array.from({ length: 16 - free }, () => work('', []));
  for (const { run } of all) void inOrder('deferrable', run);
  return () => {
    for (const { end } of all) end();
  };
}

const settled = () => jest.advanceTimersByTimeAsync(0);

test('what is worth waking somebody is begun before all that can wait, whatever came first', async () => {
  const end = fill();
  const begun: string[] = [];
  const [news, page] = [work('news', begun), work('page', begun)];
  const all = [inOrder('deferrable', news.run), inOrder('interrupting', page.run)];
  await settled();
  expect(begun).toEqual([]);
  end();
  await settled();
  expect(begun).toEqual(['page', 'news']);
  news.end();
  page.end();
  await Promise.all(all);
});

test('what takes longer than a second lets others go on', async () => {
  const end = fill();
  const begun: string[] = [];
  const page = work('page', begun);
  const paged = inOrder('interrupting', page.run);
  await jest.advanceTimersByTimeAsync(SECOND - 1);
  expect(begun).toEqual([]);
  await jest.advanceTimersByTimeAsync(1);
  expect(begun).toEqual(['page']);
  page.end();
  await paged;
  end();
  await settled();
});

test('work that waits for a receiver lets another one begin at once, and one only', async () => {
  const end = fillBut(1);
  const begun: string[] = [];
  const [waits, next, last] = [work('waits', begun), work('next', begun), work('last', begun)];
  let letNextBegin: () => void = () => undefined;
  const all = [
    inOrder('interrupting', (begin) => {
      letNextBegin = begin;
      return waits.run();
    }),
    inOrder('interrupting', next.run),
    inOrder('interrupting', last.run),
  ];
  await settled();
  expect(begun).toEqual(['waits']);
  letNextBegin();
  letNextBegin();
  await settled();
  expect(begun).toEqual(['waits', 'next']);
  for (const one of [waits, next, last]) one.end();
  end();
  await Promise.all(all);
  expect(begun).toEqual(['waits', 'next', 'last']);
});

test('work that fails gives its place back', async () => {
  const failing = Array.from({ length: 40 }, () =>
    inOrder('deferrable', () => Promise.reject(new Error('away'))),
  );
  const outcomes = await Promise.allSettled(failing);
  expect(outcomes.map(({ status }) => status)).toEqual(failing.map(() => 'rejected'));
});
