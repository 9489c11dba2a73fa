import { z } from 'zod';
import { parseInput } from './input.ts';

const shape = z.strictObject({ name: z.string(), sizes: z.record(z.string(), z.int()).optional() });

const pointersOf = (data: unknown) => {
  const result = parseInput(shape, data);
  return result.ok || result.error.kind !== 'invalid'
    ? []
    : result.error.issues.map(({ pointer }) => pointer);
};

test('each fault is named by its place, as RFC 6901 writes it', () => {
  expect(pointersOf({ sizes: { 'a/b~c': 'big' } })).toEqual(['/name', '/sizes/a~1b~0c']);
});

test('each field that nobody knows is a fault of its own', () => {
  expect(pointersOf({ name: 'x', colour: 'blue', 'w/h': 1 })).toEqual(['/colour', '/w~1h']);
});

test('an input with a thousand faults is answered with the first hundred', () => {
  const sizes = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`s${index}`, '']));
  expect(pointersOf({ name: 'x', sizes })).toHaveLength(100);
});
