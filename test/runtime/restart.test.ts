import { restartDelayMs } from '../../runtime/supervisedChild.ts';

test('the pause before a restart doubles up to 30 s, and chance takes away up to half', () => {
  expect([0, 1, 2, 3].map((attempt) => restartDelayMs(attempt, 0))).toEqual([
    250, 500, 1_000, 2_000,
  ]);
  expect(restartDelayMs(50, 0)).toBe(30_000);
  expect(restartDelayMs(50, 0.999)).toBeCloseTo(15_015, -1);
});
