import {
  assignAlerts,
  countAlerts,
  essenceOf,
  firesOn,
  firesStill,
  mergeAlerts,
  mostSevere,
  raisedBy,
  severityOf,
} from './alerts.ts';
import type { KnownAlert, KnownAlerts } from './alerts.ts';
import type { IncomingAlert } from './intake/notification.ts';
import { makePolicy, policySchema } from './policy.ts';
import { HOUR } from './time.ts';
import { testPolicy } from '../test/helpers/policy.ts';

const NOW = 100;
type Dated = IncomingAlert & { readonly startsAt: number };

const firing = (fingerprint: string, startsAt = 1): Dated => ({
  fingerprint,
  startsAt,
  firing: true,
});
const over = (fingerprint: string, startsAt = 1): Dated => ({
  fingerprint,
  startsAt,
  firing: false,
});
const known = (...alerts: Dated[]): KnownAlerts =>
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
    const merged = mergeAlerts(before, incoming, NOW);
    expect([merged.fired, merged.ended]).toEqual([fired, ended]);
    // Whatever comes twice changes nothing the second time.
    const again = mergeAlerts(merged.alerts, incoming, NOW);
    expect([again.fired, again.ended]).toEqual([[], []]);
  });
});

describe('an alert without a start', () => {
  const undated = (isFiring: boolean): IncomingAlert => ({
    fingerprint: 'a',
    startsAt: null,
    firing: isFiring,
  });

  test.each<[string, KnownAlerts, boolean, string[], string[]]>([
    ['begins when it is first heard of', known(), true, ['a'], []],
    ['that fires is repeated by the same word', known(firing('a')), true, [], []],
    ['ends with the first word that says so', known(firing('a')), false, [], ['a']],
    ['that is over is repeated by the same word', known(over('a')), false, [], []],
    ['fires again when it says so after its end', known(over('a')), true, ['a'], []],
  ])('%s', (_rule, before, isFiring, fired, ended) => {
    const merged = mergeAlerts(before, [undated(isFiring)], NOW);
    expect([merged.fired, merged.ended]).toEqual([fired, ended]);
  });

  test('is dated by the clock when it fires, and keeps that when it ends', () => {
    const fired = mergeAlerts(known(), [undated(true)], NOW).alerts;
    const ended = mergeAlerts(fired, [undated(false)], 2 * NOW).alerts;
    expect([fired.get('a')?.startsAt, ended.get('a')?.startsAt]).toEqual([NOW, NOW]);
  });
});

test('an incident takes over what still fires, and leaves what ended to the one before', () => {
  const { alerts, fired } = mergeAlerts(known(firing('a'), over('b')), [firing('c')], NOW);
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

describe('alerts that go on to fire', () => {
  test.each([
    ['contradict a resolution so long after it', 'resolved', 0, 4 * HOUR, true],
    ['contradict a closure too', 'closed', 0, 9 * HOUR, true],
    ['say nothing new before', 'resolved', 0, 4 * HOUR - 1, false],
    ['leave a cancelled record alone', 'cancelled', null, 9 * HOUR, false],
    ['are the business of an open record', 'inProgress', null, 9 * HOUR, false],
  ])('%s', (_rule, state, resolvedAt, now, contradict) => {
    expect(firesOn({ state, resolvedAt }, 4 * HOUR, now)).toBe(contradict);
  });

  test('are those that fire by what is known, not those of a late notice', () => {
    expect(firesStill(known(firing('a'), over('b')), [firing('a')])).toBe(true);
    expect(firesStill(known(firing('a'), over('b')), [firing('b')])).toBe(false);
    expect(firesStill(known(firing('a')), [over('a')])).toBe(false);
  });
});

describe('the severity of an alert', () => {
  const policy = makePolicy('x', policySchema.parse(testPolicy));
  const of = (impact: number, urgency: number) => ({ impact, urgency });

  test('is looked up by its name, and else the default', () => {
    expect(severityOf(policy, 'warning')).toEqual({
      ...of(2, 2),
      rule: 'alertmanager.severities.warning',
    });
    for (const name of [undefined, 'unheard', 'constructor'])
      expect(severityOf(policy, name)).toEqual({
        ...of(3, 3),
        rule: 'alertmanager.defaultSeverity',
      });
  });

  test('of several is that of the highest priority', () => {
    expect(mostSevere(policy, ['warning', undefined, 'critical'])).toBe('critical');
    expect(mostSevere(policy, [undefined, 'warning'])).toBe('warning');
    expect(mostSevere(policy, [])).toBeUndefined();
  });

  test.each([
    ['raises what is less severe', of(2, 2), of(1, 1), of(1, 1)],
    ['raises each and lowers neither', of(1, 3), of(2, 1), of(1, 1)],
    ['leaves what is as severe', of(1, 3), of(2, 2), undefined],
    ['leaves what is more severe', of(1, 1), of(2, 2), undefined],
    ['outside of the matrix raises nothing', of(3, 3), of(9, 9), undefined],
    ['raises what a smaller matrix left outside', of(9, 9), of(2, 2), of(2, 2)],
  ])('%s', (_rule, record, alert, raised) => {
    expect(raisedBy(policy, record, alert)).toEqual(raised);
  });
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
