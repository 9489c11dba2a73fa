import { createSlots } from '../../activities/slots.ts';
import type { Leave } from '../../activities/slots.ts';
import { HOUR } from '../../domain/time.ts';

const patient = { places: 1, patience: HOUR };

/** Notes who came in, in order; whoever did leaves when told to. */
function noteEntries(limit = createSlots(patient)) {
  const entered: string[] = [];
  const leaves: Leave[] = [];
  const asked: Promise<void>[] = [];
  return {
    entered,
    ask(
      name: string,
      urgency: 'interrupting' | 'deferrable' = 'deferrable',
      behind = 2,
    ): Promise<void> {
      const answer = limit.enter('a', urgency, behind).then((leave) => {
        entered.push(leave === undefined ? `${name} turned away` : name);
        if (leave !== undefined) leaves.push(leave);
      });
      asked.push(answer);
      return answer;
    },
    /** Everybody leaves as soon as they are in. */
    async drain(): Promise<void> {
      while (leaves.length > 0) {
        leaves.shift()?.();
        await new Promise(setImmediate);
      }
      await Promise.all(asked);
    },
  };
}

test('whoever waits for a receiver that answers gets its place when it is free', async () => {
  const { ask, entered, drain } = noteEntries();
  await ask('first');
  const second = ask('second');
  expect(entered).toEqual(['first']);
  await drain();
  await second;
  expect(entered).toEqual(['first', 'second']);
});

test('what is worth waking somebody goes before what came earlier and can wait', async () => {
  const { ask, entered, drain } = noteEntries();
  await ask('under way');
  void ask('ordinary', 'deferrable', 9);
  void ask('page', 'interrupting', 9);
  void ask('another page', 'interrupting', 9);
  void ask('more of it', 'deferrable', 9);
  await drain();
  expect(entered).toEqual(['under way', 'page', 'another page', 'ordinary', 'more of it']);
});

test('when too many wait the last one is turned away, and of all the least urgent', async () => {
  const { ask, entered, drain } = noteEntries();
  await ask('under way');
  void ask('ordinary');
  void ask('later');
  await ask('too late');
  void ask('page', 'interrupting');
  await drain();
  expect(entered).toEqual([
    'under way',
    'too late turned away',
    'later turned away',
    'page',
    'ordinary',
  ]);
});

test('whoever may stand farther behind waits while others are turned away', async () => {
  const { ask, entered, drain } = noteEntries();
  await ask('under way');
  void ask('page', 'interrupting', 9);
  void ask('another page', 'interrupting', 9);
  await ask('ordinary', 'deferrable', 2);
  void ask('a third', 'interrupting', 9);
  await drain();
  expect(entered).toEqual(['under way', 'ordinary turned away', 'page', 'another page', 'a third']);
});

test('nobody waits for a receiver from which nothing comes back', async () => {
  const limit = createSlots({ ...patient, patience: 1 });
  const leave = await limit.enter('a', 'deferrable', 0);
  expect(leave).toBeDefined();
  expect(await limit.enter('a', 'interrupting', 2)).toBeUndefined();
  expect(await limit.enter('b', 'interrupting', 2)).toBeDefined();
});

test('a place is given back once', async () => {
  const limit = createSlots(patient);
  const leave = await limit.enter('a', 'deferrable', 0);
  expect(await limit.enter('a', 'deferrable', 0)).toBeUndefined();
  leave?.();
  expect(await limit.enter('a', 'deferrable', 0)).toBeDefined();
  leave?.();
  expect(await limit.enter('a', 'deferrable', 0)).toBeUndefined();
});

describe('a receiver that may get more at a time', () => {
  const growing = { places: 2, most: 6, patience: HOUR };

  /** Many come at once and leave one after another; how many were in at most, and how each went. */
  async function crowd(
    went: (count: number) => 'well' | 'badly' | undefined,
    urgency: 'interrupting' | 'deferrable' = 'interrupting',
  ) {
    const slots = createSlots(growing);
    const inside: Leave[] = [];
    const seen: number[] = [];
    const asked = Array.from({ length: 40 }, async () => {
      const leave = await slots.enter('a', urgency, 99);
      if (leave !== undefined) inside.push(leave);
    });
    for (let count = 0; count < 40; count += 1) {
      await new Promise(setImmediate);
      seen.push(inside.length);
      inside.shift()?.(went(count));
    }
    await Promise.all(asked);
    return seen;
  }

  test('has one more under way for each that went well while others wait, up to the most', async () => {
    const seen = await crowd(() => 'well');
    expect(seen.slice(0, 7)).toEqual([2, 3, 4, 5, 6, 6, 6]);
    expect(Math.max(...seen)).toBe(6);
  });

  test('has half as many after one that went badly, and never fewer than at first', async () => {
    const seen = await crowd((count) => (count < 5 ? 'well' : 'badly'));
    expect(seen.slice(4, 10)).toEqual([6, 6, 5, 4, 3, 2]);
    expect(seen.slice(10, 30).every((count) => count === 2)).toBe(true);
  });

  test('has no more when nothing is known of how it went', async () => {
    expect(Math.max(...(await crowd(() => undefined)))).toBe(2);
  });

  test('has no more of what can wait: a page that comes meanwhile finds a place', async () => {
    expect(Math.max(...(await crowd(() => 'well', 'deferrable')))).toBe(2);
    const slots = createSlots(growing);
    const first = [];
    for (let count = 0; count < 2; count += 1)
      first.push(await slots.enter('a', 'interrupting', 9));
    const pages = [1, 2, 3].map(() => slots.enter('a', 'interrupting', 9));
    const entered: string[] = [];
    const ordinary = slots.enter('a', 'deferrable', 9).then((leave) => {
      entered.push('ordinary');
      return leave;
    });
    for (const leave of first) leave?.('well');
    const inside = await Promise.all(pages);
    await new Promise(setImmediate);
    expect(entered).toEqual([]);
    expect(await slots.enter('a', 'interrupting', 0)).toBeDefined();
    for (const leave of inside) leave?.();
    expect(await ordinary).toBeDefined();
  });

  test('has no more while nobody waits', async () => {
    const slots = createSlots(growing);
    for (let count = 0; count < 9; count += 1) {
      (await slots.enter('a', 'interrupting', 0))?.('well');
    }
    const stays = await Promise.all([1, 2, 3].map(() => slots.enter('a', 'interrupting', 0)));
    expect(stays.map((leave) => leave !== undefined)).toEqual([true, true, false]);
  });

  test('has half as many after one that kept its place for long, whatever came of it', async () => {
    const slots = createSlots({ ...growing, patience: 50 });
    const first = await Promise.all([
      slots.enter('a', 'interrupting', 9),
      slots.enter('a', 'interrupting', 9),
    ]);
    const more = [1, 2, 3].map(() => slots.enter('a', 'interrupting', 9));
    for (const leave of first) leave?.('well');
    const inside = await Promise.all(more);
    expect(inside.every((leave) => leave !== undefined)).toBe(true);
    const hang = await slots.enter('a', 'interrupting', 9);
    expect(hang).toBeDefined();
    expect(await slots.enter('a', 'interrupting', 9)).toBeUndefined();
    await new Promise((resolve) => setTimeout(resolve, 60));
    inside[0]?.('well');
    inside[1]?.('well');
    expect(await slots.enter('a', 'interrupting', 0)).toBeUndefined();
  });
});
