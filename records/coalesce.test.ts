import { createCoalescer } from './coalesce.ts';

/** Runs that end when the test says so. */
function controlled() {
  const runs: { count: number; end: (result: string) => void; fail: () => void }[] = [];
  const run = (count: number): Promise<string> =>
    new Promise((end, fail) => {
      runs.push({
        count,
        end,
        fail: () => {
          fail(new Error('the database is away'));
        },
      });
    });
  return { runs, work: { run, joined: (result: string) => `${result}, joined` } };
}

const settle = (): Promise<void> => new Promise((done) => setImmediate(done));

test('whoever asks while one runs is served by one more run, which knows their number', async () => {
  const together = createCoalescer<string>();
  const { runs, work } = controlled();
  const answers = [1, 2, 3, 4].map(() => together('key', work));
  expect(runs.map(({ count }) => count)).toEqual([1]);
  runs[0]?.end('first');
  await settle();
  expect(runs.map(({ count }) => count)).toEqual([1, 3]);
  runs[1]?.end('second');
  expect(await Promise.all(answers)).toEqual([
    'first',
    'second',
    'second, joined',
    'second, joined',
  ]);
});

test('other keys do not wait', () => {
  const together = createCoalescer<string>();
  const { runs, work } = controlled();
  void together('one', work);
  void together('two', work);
  expect(runs).toHaveLength(2);
});

test('a failure is told to those whom it served, and the next run is tried all the same', async () => {
  const together = createCoalescer<string>();
  const { runs, work } = controlled();
  const first = together('key', work);
  const second = together('key', work);
  runs[0]?.fail();
  await expect(first).rejects.toThrow('away');
  await settle();
  runs[1]?.end('well');
  expect(await second).toBe('well');
});

test('nothing is remembered of a key that is idle', async () => {
  const together = createCoalescer<string>();
  const { runs, work } = controlled();
  const first = together('key', work);
  runs[0]?.end('one');
  await first;
  await settle();
  void together('key', work);
  expect(runs.map(({ count }) => count)).toEqual([1, 1]);
});
