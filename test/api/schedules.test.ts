import { usePolicy } from '../helpers/database.ts';
import { testPolicy } from '../helpers/policy.ts';
import { startApi } from './support.ts';
import type { TestApi } from './support.ts';
import {
  auditedOf,
  desk,
  faultsIn,
  items,
  makeSchedule,
  NOON,
  onCallIn,
} from './schedulesSupport.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startApi(() => NOON);
});
afterAll(() => api.stop());

const path = (id: string) => `/api/v1/schedules/${id}`;

describe('a schedule', () => {
  test('is made under the name by which policies mean it, and read as it was written, with defaults', async () => {
    const made = await api.call('POST', '/api/v1/schedules', { body: { id: 'made', ...desk } });
    expect([made.status, made.headers.get('location'), made.headers.get('etag')]).toEqual([
      201,
      '/api/v1/schedules/made',
      '"1"',
    ]);
    const read = await api.call('GET', path('made'));
    expect(read.body).toMatchObject({
      id: 'made',
      version: 1,
      definition: {
        ...desk,
        layers: [{ ...desk.layers[0], assignment: 'roundRobin' }],
        temporary: [],
      },
      calendar: null,
      warnings: [],
      updatedBy: 'admin',
    });
  });

  test('is changed by what was read of it, and each change is a version', async () => {
    const id = await makeSchedule(api, 'changed');
    const { definition } = (await api.call('GET', path(id))).body;
    const body = { ...(definition as object), name: 'Night desk' };
    const changed = await api.call('PUT', path(id), { body, headers: { 'if-match': '"1"' } });
    expect([changed.status, changed.headers.get('etag')]).toEqual([200, '"2"']);
    const versions = await api.call('GET', `${path(id)}/versions`);
    expect(items(versions)).toMatchObject([
      { version: 2, definition: { name: 'Night desk' } },
      { version: 1, definition: { name: 'Service desk' } },
    ]);
  });

  test('that is stored again as it is makes no version', async () => {
    const id = await makeSchedule(api, 'same');
    const again = await api.call('PUT', path(id), { body: desk });
    expect([again.status, again.body['version']]).toEqual([200, 1]);
  });

  test('that changed since it was seen is not overwritten', async () => {
    const id = await makeSchedule(api, 'stale');
    const put = (name: string) =>
      api.call('PUT', path(id), { body: { ...desk, name }, headers: { 'if-match': '"1"' } });
    const statuses = (await Promise.all([put('One'), put('Two')])).map(({ status }) => status);
    expect(statuses.sort()).toEqual([200, 412]);
  });

  test.each(['nobody', 'constructor', '__proto__'])(
    'that nobody made is not there: %s',
    async (id) => {
      for (const [method, rest] of [
        ['GET', ''],
        ['PUT', ''],
        ['DELETE', ''],
        ['GET', '/versions'],
        ['GET', '/on-call'],
        ['GET', '/shifts'],
        ['GET', '/fairness'],
        ['GET', '/overrides'],
        ['POST', '/overrides'],
        ['GET', '/swaps'],
        ['POST', '/swaps'],
        ['POST', '/feeds'],
        ['DELETE', '/imports'],
      ] as const) {
        const call = method === 'POST' || method === 'PUT' ? { body: {} } : {};
        const { status } = await api.call(method, `${path(id)}${rest}`, call);
        expect([method, rest, status]).toEqual([method, rest, 404]);
      }
    },
  );

  test('of one name is made once, however many ask at once', async () => {
    const bodies = [1, 2, 3].map((n) => ({ id: 'race', ...desk, name: `Desk ${n}` }));
    const answers = await Promise.all(
      bodies.map((body) => api.call('POST', '/api/v1/schedules', { body })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 422, 422]);
    expect(answers.flatMap(faultsIn)[0]).toContain('/id: "race" is there already');
  });

  test('is made once for a key, which stands for no other', async () => {
    const headers = { 'idempotency-key': 'make-keyed' };
    const body = { id: 'keyed', ...desk };
    const [first, second] = await Promise.all(
      [1, 2].map(() => api.call('POST', '/api/v1/schedules', { body, headers })),
    );
    expect([first!.status, second!.status]).toEqual([201, 201]);
    expect(second!.body).toEqual(first!.body);
    const other = await api.call('POST', '/api/v1/schedules', {
      body: { ...body, id: 'other' },
      headers,
    });
    expect([other.status, other.body['type']]).toEqual([422, 'urn:provisor:problem:keyReused']);
  });

  test.each<[fault: string, change: object, issue: string]>([
    [
      'a name that no policy could write',
      { id: 'web shop' },
      '/id: must be a short name of letters, digits and _.-, such as "desk"',
    ],
    [
      'a zone that does not exist',
      { timeZone: 'Europe/Bonn' },
      '/timeZone: "Europe/Bonn" is no IANA time zone; write one such as "Europe/Berlin"',
    ],
    [
      'an empty rotation',
      { layers: [{ ...desk.layers[0], people: [] }] },
      '/layers/0/people: must name at least one person',
    ],
    [
      'somebody whom the policy does not have',
      { layers: [{ ...desk.layers[0], people: ['ann', 'zoe'] }] },
      '/layers/0/people/1: "zoe" is not among the policy\'s active people',
    ],
    [
      'somebody who has left',
      { layers: [{ ...desk.layers[0], people: ['gone'] }] },
      '/layers/0/people/0: "gone" is not among the policy\'s active people',
    ],
    ['a field that is none', { colour: 'red' }, '/colour: is not a known field'],
  ])('with %s is refused with the place, and nothing is saved', async (_fault, change, issue) => {
    const body = { id: 'faulty', ...desk, ...change };
    const answer = await api.call('POST', '/api/v1/schedules', { body });
    expect([answer.status, faultsIn(answer)]).toEqual([422, [issue]]);
    expect((await api.call('GET', path('faulty'))).status).toBe(404);
  });

  test('with a fault keeps its version when it is changed', async () => {
    const id = await makeSchedule(api, 'kept');
    const answer = await api.call('PUT', path(id), { body: { ...desk, layers: [{}] } });
    expect(answer.status).toBe(422);
    expect((await api.call('GET', path(id))).body['version']).toBe(1);
  });

  test('that is deleted keeps its versions, and made again goes on counting', async () => {
    const id = await makeSchedule(api, 'deleted');
    expect((await api.call('DELETE', path(id))).body).toEqual({ id, version: 2 });
    expect((await api.call('GET', path(id))).status).toBe(404);
    const versions = items(await api.call('GET', `${path(id)}/versions`));
    expect(versions.map(({ version, definition }) => [version, definition === null])).toEqual([
      [2, true],
      [1, false],
    ]);
    await makeSchedule(api, id);
    expect((await api.call('GET', path(id))).body['version']).toBe(3);
  });

  test('each change is audited, without what was written', async () => {
    const id = await makeSchedule(api, 'audited');
    await api.call('PUT', path(id), { body: { ...desk, name: 'Canary' } });
    await api.call('DELETE', path(id));
    expect(await auditedOf(api, id)).toEqual([
      'scheduleStored',
      'scheduleStored',
      'scheduleDeleted',
    ]);
    const log = await api.call('GET', '/api/v1/audit?limit=200');
    expect(JSON.stringify(log.body)).not.toContain('Canary');
  });
});

describe('who is on call', () => {
  test('is told for any moment, with the layer and the turn', async () => {
    const id = await makeSchedule(api, 'asked');
    const now = await api.call('GET', `${path(id)}/on-call`);
    expect(now.body).toMatchObject({
      schedule: id,
      version: 1,
      at: '2026-06-01T12:00:00.000Z',
      onCall: [
        { person: 'ann', name: 'Ann', source: { kind: 'layer', name: 'noon to noon', turn: 0 } },
      ],
      nextHandOver: { at: '2026-06-02T12:00:00.000Z', leaving: ['ann'], coming: ['bob'] },
      nextGap: null,
    });
    const later = await api.call('GET', `${path(id)}/on-call?at=2026-06-02T12:00:00Z`);
    expect(onCallIn(later)).toEqual(['bob']);
  });

  test('and what comes stands in the list, by pages', async () => {
    const other = await startApi(() => NOON);
    try {
      const empty = await other.call('GET', '/api/v1/schedules');
      expect(empty.body).toEqual({ items: [], nextCursor: null });
      await makeSchedule(other, 'b');
      await makeSchedule(other, 'a', { layers: [{ ...desk.layers[0], until: '2026-06-03' }] });
      const first = await other.call('GET', '/api/v1/schedules?limit=1');
      expect(items(first)).toMatchObject([
        {
          id: 'a',
          onCall: [{ person: 'ann' }],
          nextGap: { from: '2026-06-03T12:00:00.000Z', to: '2026-06-29T12:00:00.000Z' },
        },
      ]);
      const rest = await other.call(
        'GET',
        `/api/v1/schedules?limit=1&cursor=${String(first.body['nextCursor'])}`,
      );
      expect(items(rest)).toMatchObject([{ id: 'b', nextGap: null }]);
      expect(rest.body['nextCursor']).toBeNull();
      const everywhere = await other.call('GET', '/api/v1/on-call?at=2026-06-04');
      expect(items(everywhere)).toMatchObject([
        { schedule: 'a', onCall: [] },
        { schedule: 'b', onCall: [{ person: 'ann' }] },
      ]);
      const anns = await other.call('GET', '/api/v1/on-call?at=2026-06-04&person=ann');
      expect(items(anns).map(({ schedule }) => schedule)).toEqual(['b']);
    } finally {
      await other.stop();
    }
  });

  test('follows a change at once, whoever asked before', async () => {
    const id = await makeSchedule(api, 'cached');
    expect(onCallIn(await api.call('GET', `${path(id)}/on-call`))).toEqual(['ann']);
    await api.call('PUT', path(id), {
      body: { ...desk, layers: [{ ...desk.layers[0], people: ['bob'] }] },
    });
    expect(onCallIn(await api.call('GET', `${path(id)}/on-call`))).toEqual(['bob']);
  });

  test('still names somebody who left, with a warning', async () => {
    const id = await makeSchedule(api, 'leaver');
    await usePolicy(api.pool, (policy) => ({
      ...policy,
      people: { ...policy.people, bob: { ...policy.people['bob']!, active: false } },
    }));
    const read = await api.call('GET', path(id));
    expect(read.body['warnings']).toEqual([
      {
        pointer: '/layers/0/people/1',
        detail: '"bob" is not among the policy\'s active people',
      },
    ]);
    await usePolicy(api.pool, (policy) => policy);
  });
});

describe('shifts', () => {
  test('come with the gaps and overlaps of the window', async () => {
    const id = await makeSchedule(api, 'shifts', {
      layers: [{ ...desk.layers[0], until: '2026-06-03' }],
    });
    await api.call('POST', `${path(id)}/overrides`, {
      body: {
        kind: 'add',
        person: 'lea',
        from: '2026-06-01T18:00:00Z',
        to: '2026-06-01T20:00:00Z',
      },
    });
    const answer = await api.call(
      'GET',
      `${path(id)}/shifts?from=2026-06-01T12:00:00Z&to=2026-06-04T12:00:00Z`,
    );
    expect(answer.body).toMatchObject({
      shifts: [
        { person: 'ann', from: '2026-06-01T12:00:00.000Z', to: '2026-06-02T12:00:00.000Z' },
        { person: 'lea', from: '2026-06-01T18:00:00.000Z', source: { kind: 'override' } },
        { person: 'bob', from: '2026-06-02T12:00:00.000Z', to: '2026-06-03T12:00:00.000Z' },
      ],
      gaps: [{ from: '2026-06-03T12:00:00.000Z', to: '2026-06-04T12:00:00.000Z' }],
      overlaps: [
        {
          from: '2026-06-01T18:00:00.000Z',
          to: '2026-06-01T20:00:00.000Z',
          people: ['ann', 'lea'],
        },
      ],
    });
  });

  test.each([
    ['shifts?from=yesterday', 'from'],
    ['shifts?from=2026-06-02&to=2026-06-01', 'to'],
    ['shifts?from=2026-01-01&to=2026-07-01', 'to'],
    ['shifts?until=2026-06-01', 'until'],
    ['on-call?at=2200-01-01', 'at'],
    ['fairness?from=2026-01-01&to=2027-01-03', 'to'],
    ['fairness?calendar=moon', 'calendar'],
    ['versions?cursor=!', 'cursor'],
    ['overrides?cursor=*', 'cursor'],
  ])('%s is refused, and the parameter named', async (query, parameter) => {
    const id = 'asked';
    const answer = await api.call('GET', `${path(id)}/${query}`);
    expect([answer.status, answer.body['errors']]).toMatchObject([400, [{ parameter }]]);
  });

  test('are counted by nights, weekends and holidays', async () => {
    const id = await makeSchedule(api, 'fair');
    const answer = await api.call(
      'GET',
      `${path(id)}/fairness?from=2026-12-21T12:00:00Z&to=2026-12-28T12:00:00Z&calendar=office`,
    );
    const people = answer.body['people'] as { person: string; shifts: number }[];
    const share = (count: number) => ({ count, ms: expect.any(Number) as number });
    expect(people.map(({ person, shifts }) => [person, shifts])).toEqual([
      ['ann', 3],
      ['bob', 4],
    ]);
    expect(people).toMatchObject([
      { person: 'ann', nights: share(3), weekends: share(1), holidays: share(2) },
      { person: 'bob', nights: share(4), weekends: share(1), holidays: share(2) },
    ]);
  });
});

describe('a policy and its schedules', () => {
  const escalations = {
    standard: {
      priorities: [1, 2],
      steps: [
        { to: [{ person: 'ann' }, { schedule: 'named' }], wait: '5m' },
        { to: [{ team: 'operations' }], wait: '10m' },
      ],
      catchAll: { to: [{ person: 'ann' }, { schedule: 'coming' }] },
    },
  };

  test('may name a schedule that is not there yet, with a warning at the place', async () => {
    await makeSchedule(api, 'named');
    const checked = await api.call('POST', '/api/v1/policies/check', {
      body: { ...testPolicy, escalations },
    });
    expect([checked.status, checked.body['warnings']]).toEqual([
      200,
      [
        {
          pointer: '/escalations/standard/catchAll/to/1',
          detail: 'there is no schedule "coming" yet: make it, or nobody is found by it',
        },
      ],
    ]);
  });

  test('keep a schedule from being deleted, and say where it is named', async () => {
    await usePolicy(api.pool, (policy) => ({ ...policy, escalations }));
    const refused = await api.call('DELETE', path('named'));
    expect([refused.status, refused.body['detail']]).toEqual([
      409,
      expect.stringContaining('/escalations/standard/steps/0/to/1'),
    ]);
    await usePolicy(api.pool, (policy) => policy);
    expect((await api.call('DELETE', path('named'))).status).toBe(200);
  });
});
