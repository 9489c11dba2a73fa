import { fromIso, HOUR, MINUTE } from '../time.ts';
import { deadlineOf, heartbeatSchema, statusOf } from './heartbeat.ts';
import type { Outage } from './heartbeat.ts';

const made = fromIso('2026-11-22T00:00:00Z');
const pinged = fromIso('2026-11-22T02:00:00Z');
const daily = { every: 24 * HOUR, grace: HOUR, countsFrom: made, lastPingAt: pinged };

/** @param spans hours after the last ping */
const outages = (...spans: [number, number][]): Outage[] =>
  spans.map(([from, until]) => ({ from: pinged + from * HOUR, until: pinged + until * HOUR }));
const hoursAfterPing = (at: number): number => (at - pinged) / HOUR;

describe('a ping is missing', () => {
  test('an interval and a grace after the last one', () => {
    expect(hoursAfterPing(deadlineOf(daily, []))).toBe(25);
  });

  test('an interval and a grace after the heartbeat was made, when none ever came', () => {
    expect(deadlineOf({ ...daily, lastPingAt: null }, []) - made).toBe(25 * HOUR);
  });

  test('an interval and a grace after it was resumed, whatever came before', () => {
    const countsFrom = pinged + 5 * HOUR;
    expect(hoursAfterPing(deadlineOf({ ...daily, countsFrom }, []))).toBe(30);
  });
});

describe('an outage in which nobody could ping', () => {
  test.each<[string, [number, number][], number]>([
    ['long before the ping is expected excuses nothing', [[10, 11]], 25],
    ['that ends a grace before it is expected still excuses it', [[20, 23]], 48],
    ['that ends earlier than that does not', [[20, 22.9]], 25],
    ['around the time excuses it, and it is waited for anew from the end', [[23.5, 24.5]], 49.5],
    ['that begins within the grace excuses it', [[25, 26]], 51],
    ['that begins when the ping is missing already does not', [[25.1, 26]], 25],
    [
      'that follows another may excuse it again',
      [
        [24, 25],
        [49, 50],
      ],
      75,
    ],
  ])('%s', (_, spans, hours) => {
    expect(hoursAfterPing(deadlineOf(daily, outages(...spans)))).toBe(hours);
  });

  test('excuses what is expected more often than it lasted, all of it at once', () => {
    const often = { ...daily, every: MINUTE, grace: MINUTE };
    const [outage] = outages([0, 10]);
    expect(deadlineOf(often, [outage!])).toBe(outage!.until + 2 * MINUTE);
  });
});

test.each([
  ['paused', { pausedAt: made, down: { why: 'missing' }, lastPingAt: null }],
  ['missing', { pausedAt: null, down: { why: 'missing' }, lastPingAt: pinged }],
  ['failed', { pausedAt: null, down: { why: 'failed' }, lastPingAt: pinged }],
  ['waiting', { pausedAt: null, down: null, lastPingAt: null }],
  ['ok', { pausedAt: null, down: null, lastPingAt: pinged }],
] as const)('a heartbeat is %s', (status, heartbeat) => {
  expect(statusOf(heartbeat)).toBe(status);
});

test.each([
  ['an interval below half a minute', { every: '29s' }, '/every', 'must be 30s or longer'],
  ['a grace of nothing', { grace: '0s' }, '/grace', 'must be longer than nothing'],
  ['an impact of its own', { impact: 0 }, '/impact', 'Too small: expected number to be >=1'],
])('%s is refused', (_, change, pointer, message) => {
  const input = {
    name: 'Backup',
    service: 'shop',
    impact: 2,
    urgency: 2,
    every: '1d',
    grace: '1h',
  };
  const { error } = heartbeatSchema.safeParse({ ...input, ...change });
  expect(error?.issues[0]?.path).toEqual([pointer.slice(1)]);
  expect(error?.issues[0]?.message).toBe(message);
});
