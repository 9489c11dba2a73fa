import { assignAlerts, countAlerts, essenceOf, mergeAlerts } from './alerts.ts';
import type { IncomingAlert, KnownAlert, KnownAlerts } from './alerts.ts';

const firing = (fingerprint: string, startsAt = 1): IncomingAlert => ({
  fingerprint,
  startsAt,
  firing: true,
});
const over = (fingerprint: string, startsAt = 1): IncomingAlert => ({
  fingerprint,
  startsAt,
  firing: false,
});
const known = (...alerts: IncomingAlert[]): KnownAlerts =>
  new Map(
    alerts.map(({ fingerprint, ...alert }): [string, KnownAlert] => [
      fingerprint,
      { ...alert, number: 'INC-1' },
    ]),
  );

describe('a notification changes', () => {
  test.each<[string, KnownAlerts, IncomingAlert[], string[], string[]]>([
    ['a new alert fires', known(), [firing('a')], ['a'], []],
    ['a repeat changes nothing', known(firing('a')), [firing('a')], [], []],
    ['one that fires ends', known(firing('a')), [over('a')], [], ['a']],
    ['what ended does not fire again with the same start', known(over('a')), [firing('a')], [], []],
    ['what ended fires again with a later start', known(over('a')), [firing('a', 2)], ['a'], []],
    ['an older start changes nothing', known(firing('a', 5)), [over('a', 4)], [], []],
    ['an end with a later start ends it too', known(firing('a')), [over('a', 2)], [], ['a']],
    ['an end that comes first is remembered', known(), [over('a')], [], ['a']],
    ['the last word of one notification counts', known(), [firing('a'), over('a')], [], ['a']],
    ['each alert is looked at alone', known(firing('a')), [over('a'), firing('b')], ['b'], ['a']],
    ['a fingerprint may have any name', known(), [firing('__proto__')], ['__proto__'], []],
  ])('%s', (_rule, before, incoming, fired, ended) => {
    const merged = mergeAlerts(before, incoming);
    expect([merged.fired, merged.ended]).toEqual([fired, ended]);
    // Whatever comes twice changes nothing the second time.
    const again = mergeAlerts(merged.alerts, incoming);
    expect([again.fired, again.ended]).toEqual([[], []]);
  });
});

test('an incident takes over what still fires, and leaves what ended to the one before', () => {
  const { alerts, fired } = mergeAlerts(known(firing('a'), over('b')), [firing('c')]);
  const assigned = assignAlerts(alerts, fired, 'INC-2');
  expect(countAlerts(assigned, 'INC-2')).toEqual({ firing: 2, resolved: 0 });
  expect(countAlerts(assigned, 'INC-1')).toEqual({ firing: 0, resolved: 1 });
});

test('of what ended only the latest is remembered, of what fires everything', () => {
  const many = Array.from({ length: 3_000 }, (_, index) => over(`o${index}`, index));
  const kept = assignAlerts(known(...many, firing('a', 0)), [], 'INC-1');
  expect(kept.size).toBe(2_001);
  expect([kept.has('o2999'), kept.has('o0'), kept.has('a')]).toEqual([true, false, true]);
});

describe('the essence of a notification', () => {
  const a = { fingerprint: 'a', startsAt: 1, firing: true };
  const b = { fingerprint: 'b', startsAt: 1, firing: true };

  test('does not depend on the order of its alerts', () => {
    expect(essenceOf([a, b], 0)).toBe(essenceOf([b, a], 0));
  });

  test.each([
    ['an alert more', [a], 0],
    ['an alert that ended', [a, { ...b, firing: false }], 0],
    ['a new start', [a, { ...b, startsAt: 2 }], 0],
    ['alerts left out', [a, b], 1],
    ['a fingerprint with a line break', [{ ...a, fingerprint: 'a\nb' }], 0],
  ])('changes with %s', (_what, alerts, truncated) => {
    expect(essenceOf(alerts, truncated)).not.toBe(essenceOf([a, b], 0));
  });
});
