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
