import { createBatch } from './batch.ts';

function gate(): { readonly opened: Promise<void>; open: () => void } {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

test('what is asked for while a query runs goes together in the next one, and each gets its own answer', async () => {
  const asked: number[][] = [];
  const first = gate();
  const double = createBatch<number, number>(async (keys) => {
    asked.push([...keys]);
    if (asked.length === 1) await first.opened;
    return keys.map((key) => key * 2);
  });
  const answers = [1, 2, 3, 3].map((key) => double(key));
  first.open();
  expect(await Promise.all(answers)).toEqual([2, 4, 6, 6]);
  expect(asked).toEqual([[1], [2, 3, 3]]);
});

test('a query that fails fails for those who asked in it, and for nobody after', async () => {
  let broken = true;
  const same = createBatch<string, string>((keys) =>
    broken ? Promise.reject(new Error('away')) : Promise.resolve(keys),
  );
  await expect(Promise.all([same('a'), same('b')])).rejects.toThrow('away');
  broken = false;
  expect(await same('c')).toBe('c');
});

test('an answer that is missing is a fault of its own caller', async () => {
  const first = createBatch<string, string>((keys) => Promise.resolve(keys.slice(0, 1)));
  const [alone, found, missing] = await Promise.allSettled([first('a'), first('b'), first('c')]);
  expect([alone.status, found.status, missing.status]).toEqual([
    'fulfilled',
    'fulfilled',
    'rejected',
  ]);
});
