import { PassThrough } from 'node:stream';
import type { SMTPServerDataStream } from 'smtp-server';
import { createBudget, TooBusy } from './collect.ts';

function mail(): SMTPServerDataStream {
  return Object.assign(new PassThrough(), { byteLength: 0, sizeExceeded: false });
}

test('a mail is whole', async () => {
  const stream = mail();
  const collected = createBudget(10).collect(stream);
  stream.write('ab');
  stream.end('cd');
  expect((await collected).toString()).toBe('abcd');
});

test('what goes beyond the memory of all mails is let go, and there is room again after it', async () => {
  const budget = createBudget(10);
  const [first, second] = [mail(), mail()];
  const collected = [budget.collect(first), budget.collect(second)];
  first.write('12345678');
  await new Promise(setImmediate);
  second.end('123');
  await expect(collected[1]).rejects.toThrow(TooBusy);
  first.end();
  await collected[0];
  const third = mail();
  third.end('1234567890');
  expect((await budget.collect(third)).length).toBe(10);
});

test('a mail that breaks off frees its room', async () => {
  const budget = createBudget(10);
  const half = mail();
  const collected = budget.collect(half);
  half.write('12345678');
  await new Promise(setImmediate);
  half.destroy();
  await expect(collected).rejects.toThrow();
  const next = mail();
  next.end('1234567890');
  expect((await budget.collect(next)).length).toBe(10);
});
