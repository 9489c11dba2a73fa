import fc from 'fast-check';
import { applyMapping, mappingSchema } from './mapping.ts';
import type { Mapping } from './mapping.ts';

type Input = Parameters<typeof mappingSchema.parse>[0];

const least = { groupKey: '{/id}', title: '{/name} is down' };
const parse = (input: Input): Mapping => mappingSchema.parse(input);

function apply(input: Input, body: unknown) {
  const mapped = applyMapping('kuma', parse(input), body);
  if (!('notification' in mapped)) throw new Error(JSON.stringify(mapped));
  return mapped.notification;
}

function reason(input: Input, body: unknown): string {
  const mapped = applyMapping('kuma', parse(input), body);
  if (!('reason' in mapped)) throw new Error(JSON.stringify(mapped));
  return mapped.reason;
}

const body = {
  id: 7,
  name: 'shop',
  heartbeat: { status: 'DOWN', time: '2026-03-02T08:00:00Z', level: 'P1' },
  events: [
    { id: 'a', state: 'firing' },
    { id: 'b', state: 'ack' },
  ],
};

describe('a mapping', () => {
  test('of its two needs makes one firing alert that begins when it is heard of', () => {
    expect(apply(least, body)).toEqual({
      source: 'kuma',
      groupKey: 'kuma/7',
      truncatedAlerts: 0,
      title: 'shop is down',
      alerts: [{ fingerprint: 'alert', startsAt: null, firing: true, text: 'shop is down' }],
    });
  });

  test('looks its values up', () => {
    const alert = {
      status: { of: '{/heartbeat/status}', firing: ['DOWN'], resolved: ['UP'] },
      startsAt: '{/heartbeat/time}',
      severity: { of: '{/heartbeat/level}', names: { P1: 'critical' } },
    };
    expect(apply({ ...least, alert }, body).alerts).toEqual([
      expect.objectContaining({
        firing: true,
        severity: 'critical',
        startsAt: Date.parse('2026-03-02T08:00:00Z'),
      }),
    ]);
    const up = { ...body, heartbeat: { ...body.heartbeat, status: 'UP' } };
    expect(apply({ ...least, alert }, up).alerts).toMatchObject([{ firing: false }]);
  });

  test('of a list makes an alert of each entry, and passes over what it ignores', () => {
    const alert = {
      fingerprint: '{/id}',
      status: { of: '{/state}', firing: ['firing'], resolved: ['ok'], ignored: ['ack'] },
    };
    expect(apply({ ...least, alerts: '/events', alert }, body).alerts).toMatchObject([
      { fingerprint: 'a', firing: true },
    ]);
    const ignored = { ...body, events: body.events.slice(1) };
    const mapping = parse({ ...least, alerts: '/events', alert });
    expect(applyMapping('kuma', mapping, ignored)).toEqual({ ignored: true });
  });

  test('takes the first template whose places are all there', () => {
    const title = ['{/missing} x', '{/name}: {/empty}', '{/name}!', 'Alert'];
    expect(apply({ ...least, title }, { ...body, empty: '' }).title).toBe('shop!');
  });

  test.each([
    ['ISO 8601', '2026-03-02T09:00:00+01:00'],
    ['seconds since 1970', 1_772_438_400],
    ['milliseconds since 1970', 1_772_438_400_000],
  ])('reads a time as %s', (_what, at) => {
    const mapping = { ...least, alert: { startsAt: '{/at}' } };
    expect(apply(mapping, { ...body, at }).alerts[0]?.startsAt).toBe(
      Date.parse('2026-03-02T08:00:00Z'),
    );
  });
});

describe('what a body lacks is said by its place', () => {
  const status = { of: '{/status}', firing: ['1'], resolved: ['0'] };
  test.each<[string, Input, unknown, RegExp]>([
    ['no group', least, { name: 'shop' }, /group key.*\{\/id\}/],
    ['no title', least, { id: 7 }, /title.*\{\/name\}/],
    [
      'no list',
      { ...least, alerts: '/name', alert: { fingerprint: '{/id}' } },
      body,
      /list.*\/name/,
    ],
    ['a status that means nothing', { ...least, alert: { status } }, { ...body, status: 2 }, /"2"/],
    [
      'a time without an offset',
      { ...least, alert: { startsAt: '{/at}' } },
      { ...body, at: '2026-03-02T08:00:00' },
      /no time/,
    ],
    [
      'a time in microseconds',
      { ...least, alert: { startsAt: '{/at}' } },
      { ...body, at: 1_772_438_400_000_000 },
      /no time/,
    ],
    ['an endless group', least, { ...body, id: 'x'.repeat(30_000) }, /longer than/],
    ['no object at all', least, null, /title/],
  ])('%s', (_what, mapping, given, expected) => {
    expect(reason(mapping, given)).toMatch(expected);
  });
});

describe('a mapping is refused when it is loaded:', () => {
  test.each<[string, Input, string]>([
    ['a place that does not close', { ...least, title: '{/name' }, 'title'],
    ['a place that is no JSON Pointer', { ...least, title: '{/a~2}' }, 'title'],
    ['a list whose alerts are not told apart', { ...least, alerts: '/events' }, 'fingerprint'],
    [
      'a value that means two things',
      { ...least, alert: { status: { of: '{/s}', firing: ['1'], resolved: ['1'] } } },
      'status',
    ],
    ['an unknown field', { ...least, code: 'process.exit()' }, ''],
  ])('%s', (_what, mapping, place) => {
    const issue = mappingSchema.safeParse(mapping).error?.issues[0];
    expect(issue?.path.join('/') ?? 'accepted').toContain(place);
    expect(issue).toBeDefined();
  });
});

describe('whatever a body holds,', () => {
  const mapping = parse({
    groupKey: ['{/id}', '{/0/id}'],
    title: ['{/name}', 'Alert'],
    alert: {
      status: { of: '{/status}', firing: ['a'], resolved: ['b'] },
      startsAt: '{/at}',
      severity: { of: '{/level}', names: { constructor: 'critical' } },
    },
  });
  const field = fc.constantFrom('id', 'name', 'status', 'at', 'level', '__proto__', 'constructor');
  const anything = fc.oneof(
    fc.jsonValue(),
    fc.dictionary(field, fc.oneof(fc.jsonValue(), fc.constantFrom('a', 'b', '{/id}'))),
  );

  test('the answer is a value, and the same again', () => {
    fc.assert(
      fc.property(anything, (given) => {
        const mapped = applyMapping('m', mapping, given);
        expect(applyMapping('m', mapping, given)).toEqual(mapped);
        expect(['notification', 'ignored', 'reason'].some((name) => name in mapped)).toBe(true);
      }),
    );
  });

  test('a value that looks like a template is put in as it is', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (name) => {
        fc.pre(name.trim() !== '');
        const given = { id: 1, name: `${name}{/secret}`, secret: 'hidden' };
        const { title } = apply({ groupKey: '{/id}', title: '{/name}' }, given);
        expect(title).toBe(`${name}{/secret}`.trim());
      }),
    );
  });

  test('what only every object has is not there', () => {
    for (const place of ['constructor', 'toString', '__proto__', 'constructor/name']) {
      expect(reason({ ...least, title: `{/${place}}` }, body)).toMatch(/title/);
    }
  });
});
