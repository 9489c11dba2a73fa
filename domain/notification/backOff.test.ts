import { backOff } from './backOff.ts';

test('each wait is twice as long as the one before, up to two minutes', () => {
  const waits = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10_000].map((failures) => backOff(failures, 0.5));
  expect(waits.map((ms) => ms / 1_000)).toEqual([1, 2, 4, 8, 16, 32, 64, 120, 120, 120]);
});

test('chance makes it a quarter shorter or longer', () => {
  expect([0, 1].map((chance) => backOff(1, chance))).toEqual([750, 1_250]);
  expect([0, 1].map((chance) => backOff(100, chance))).toEqual([90_000, 150_000]);
});
