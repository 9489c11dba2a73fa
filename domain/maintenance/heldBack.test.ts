import fc from 'fast-check';
import type { z } from 'zod';
import { fromIso, HOUR, MINUTE } from '../time.ts';
import { heldBack } from './heldBack.ts';
import type { PageSubject } from './heldBack.ts';
import { windowsAt, withEnd } from './occurrences.ts';
import { windowSchema } from './window.ts';
import type { MaintenanceWindow } from './window.ts';

type WindowInput = z.input<typeof windowSchema>;

const now = fromIso('2026-11-23T22:00:00Z');
const shop: PageSubject = { service: 'shop', ci: 'web-1', major: false, isAskedFor: false };

function windowOf(input: Partial<WindowInput> = {}, id = 'w1'): MaintenanceWindow {
  const when = { kind: 'once', from: '2026-11-23T21:00:00Z', to: '2026-11-23T23:00:00Z' } as const;
  const parsed = windowSchema.parse({ reason: 'Moving', covers: 'everything', when, ...input });
  return { ...parsed, id, changedEnds: [] };
}

const saturdays: WindowInput['when'] = {
  kind: 'weekly',
  timeZone: 'Europe/Berlin',
  weekdays: ['saturday'],
  time: '22:00',
  lasts: '6h',
  from: '2026-03-01',
  until: '2026-11-28',
};

function must(result: ReturnType<typeof withEnd>): MaintenanceWindow {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

describe('a page is held back', () => {
  test('by a window for everything, until it ends', () => {
    expect(heldBack(shop, [windowOf()], [], now)).toEqual({
      by: 'window',
      id: 'w1',
      until: now + HOUR,
      why: 'everything',
    });
  });

  test.each<[string, WindowInput['covers'], PageSubject, string | undefined]>([
    ['by one for its service', { services: ['wiki', 'shop'] }, shop, 'service'],
    ['by one for its configuration item', { items: ['web-1'] }, shop, 'item'],
    [
      'by one for its service, whatever items it names',
      { services: ['shop'], items: ['web-2'] },
      shop,
      'service',
    ],
    ['not by one for another service', { services: ['wiki'] }, shop, undefined],
    [
      'not by one for items when it is about none',
      { items: ['web-1'] },
      { ...shop, ci: null },
      undefined,
    ],
  ])('%s', (_, covers, subject, why) => {
    expect(heldBack(subject, [windowOf({ covers })], [], now)?.why).toBe(why);
  });

  test('by the window that ends last, when there are several', () => {
    const when = {
      kind: 'once',
      from: '2026-11-23T20:00:00Z',
      to: '2026-11-24T03:00:00Z',
    } as const;
    const windows = [windowOf(), windowOf({ when }, 'w2'), windowOf({}, 'w3')];
    expect(heldBack(shop, windows, [], now)).toMatchObject({ id: 'w2', until: now + 5 * HOUR });
  });

  test('by an incident of a service that it depends on, until that one ends', () => {
    const inhibitions = [
      { incident: 'INC-7', service: 'db' },
      { incident: 'INC-9', service: 'network' },
    ];
    expect(heldBack(shop, [], inhibitions, now)).toEqual({
      by: 'incident',
      id: 'INC-7',
      until: null,
      why: 'db',
    });
  });

  test.each<[string, Partial<PageSubject>]>([
    ['it is about a major incident', { major: true }],
    ['somebody of the desk asked for it', { isAskedFor: true }],
  ])('never when %s', (_, subject) => {
    const inhibitions = [{ incident: 'INC-7', service: 'db' }];
    expect(heldBack({ ...shop, ...subject }, [windowOf()], inhibitions, now)).toBeUndefined();
  });

  test('from the first moment of a window, and no longer at its end', () => {
    const at = (moment: number) => heldBack(shop, [windowOf()], [], moment) !== undefined;
    const from = now - HOUR;
    const to = now + HOUR;
    expect([from - 1, from, to - 1, to].map(at)).toEqual([false, true, true, false]);
  });
});

describe('a recurring window', () => {
  const window = windowOf({ when: saturdays });
  const stands = (at: string) => windowsAt([window], fromIso(at)).length;

  test.each([
    ['begins at its time of the wall clock', '2026-11-21T20:59:59Z', '2026-11-21T21:00:00Z', 1],
    [
      'stands past midnight, and lasts as long as it says',
      '2026-11-22T03:00:00Z',
      '2026-11-22T02:59:59Z',
      1,
    ],
    [
      'lasts as long over the night of a clock change',
      '2026-10-25T02:00:00Z',
      '2026-10-25T01:59:59Z',
      1,
    ],
    ['stands the last time on its last date', '2026-12-05T21:00:00Z', '2026-11-28T21:00:00Z', 1],
    ['does not stand before its first date', '2026-02-28T22:00:00Z', '2026-03-07T22:00:00Z', 1],
    ['does not stand on another weekday', '2026-11-20T22:00:00Z', '2026-11-21T22:00:00Z', 1],
  ])('%s', (_, outside, inside, count) => {
    expect([stands(outside), stands(inside)]).toEqual([0, count]);
  });

  test('that lasts a week stands on its last day too', () => {
    const long = windowOf({ when: { ...saturdays, lasts: '7d' } });
    const sinceLastSaturday = windowsAt([long], fromIso('2026-11-21T20:59:00Z'));
    expect(sinceLastSaturday.map(({ from }) => from)).toEqual([fromIso('2026-11-14T21:00:00Z')]);
  });

  test('that ends early stands again the next time, as long as ever', () => {
    const at = fromIso('2026-11-21T22:00:00Z');
    const ended = must(withEnd(window, at, at));
    expect(windowsAt([ended], at)).toEqual([]);
    const next = windowsAt([ended], fromIso('2026-11-28T22:00:00Z'));
    expect(next.map(({ to }) => to)).toEqual([fromIso('2026-11-29T03:00:00Z')]);
  });
});

describe('the end of a window', () => {
  test('may be moved again, and the last word holds', () => {
    const later = must(withEnd(windowOf(), now + 4 * HOUR, now));
    const sooner = must(withEnd(later, now + 2 * HOUR, now + HOUR));
    expect(heldBack(shop, [sooner], [], now + HOUR)?.until).toBe(now + 2 * HOUR);
    expect(sooner.changedEnds).toHaveLength(1);
  });

  test('is not moved when the window does not stand', () => {
    const result = withEnd(windowOf(), now + 3 * HOUR, now + 2 * HOUR);
    expect(!result.ok && result.error.kind).toBe('refused');
  });

  test.each([
    ['into the past', now - MINUTE, 'has passed already'],
    [
      'too far away',
      now + 169 * HOUR,
      'must be at most 7 days from now: extend the window again later',
    ],
  ])('is not moved %s', (_, to, detail) => {
    const result = withEnd(windowOf(), to, now);
    expect(result).toEqual({
      ok: false,
      error: { kind: 'invalid', issues: [{ pointer: '/to', detail }] },
    });
  });
});

test.each<[string, object, string]>([
  ['a window for nothing', { covers: {} }, 'must name services, items or both'],
  [
    'a window that ends before it begins',
    { when: { kind: 'once', from: '2026-11-23T21:00:00Z', to: '2026-11-23T21:00:00Z' } },
    'must be later than "from"',
  ],
  [
    'a recurrence of years',
    { when: { ...saturdays, until: '2028-11-28' } },
    'must be at most 366 days after "from"',
  ],
  ['an occurrence of weeks', { when: { ...saturdays, lasts: '8d' } }, 'must be at most 7d'],
  [
    'a zone that does not exist',
    { when: { ...saturdays, timeZone: 'Europe/Atlantis' } },
    '"Europe/Atlantis" is no IANA time zone; write one such as "Europe/Berlin"',
  ],
  ['no reason', { reason: '' }, 'must not be empty'],
])('%s is refused', (_, change, message) => {
  const data = { reason: 'Moving', covers: 'everything', when: saturdays, ...change };
  const { error } = windowSchema.safeParse(data);
  expect(error?.issues.map((issue) => issue.message)).toEqual([message]);
});

/** Minutes from `now`. */
const minute = fc.nat(200);
const ends = fc.array(fc.record({ at: minute, window: fc.nat(3), to: minute }), { maxLength: 8 });
const spans = fc.array(fc.record({ from: minute, lasts: fc.integer({ min: 1, max: 120 }) }), {
  maxLength: 4,
});

test('when windows end, early or extended, a page that is still wanted goes out at that minute', () => {
  fc.assert(
    fc.property(spans, ends, minute, (given, changes, wantedAt) => {
      const inOrder = changes.toSorted((a, b) => a.at - b.at);

      // Looked at only when it is due, when a hold ends, and when somebody moves an end.
      let windows = given.map(({ from, lasts }, index): MaintenanceWindow => {
        const when = {
          kind: 'once',
          from: now + from * MINUTE,
          to: now + (from + lasts) * MINUTE,
        } as const;
        return { ...windowOf({}, `w${index}`), when };
      });
      let pagedAt: number | undefined;
      let due = now + wantedAt * MINUTE;
      for (const change of [...inOrder, undefined]) {
        const changesAt = change === undefined ? Infinity : now + change.at * MINUTE;
        while (pagedAt === undefined && due < changesAt) {
          const held = heldBack(shop, windows, [], due);
          if (held === undefined) pagedAt = due;
          due = held?.until ?? due;
        }
        if (change === undefined) break;
        windows = windows.map((window, index) => {
          if (index !== change.window) return window;
          const moved = withEnd(window, now + change.to * MINUTE, changesAt);
          return moved.ok ? moved.value : window;
        });
        due = Math.max(now + wantedAt * MINUTE, Math.min(due, changesAt));
      }

      // Minute by minute.
      const plain = given.map(({ from, lasts }) => ({ from, to: from + lasts }));
      let expected: number | undefined;
      for (let at = 0; expected === undefined; at++) {
        for (const change of inOrder.filter((one) => one.at === at)) {
          const window = plain[change.window];
          const stands = window !== undefined && window.from <= at && at < window.to;
          if (stands && change.to >= at) window.to = change.to;
        }
        const stands = plain.some(({ from, to }) => from <= at && at < to);
        if (at >= wantedAt && !stands) expected = at;
      }
      expect(pagedAt).toBe(now + expected * MINUTE);
    }),
    { numRuns: 300 },
  );
});
