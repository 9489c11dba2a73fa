import { randomUUID } from 'node:crypto';
import { notificationView } from '../../api/contract/notifications.ts';
import type { NotificationPage, NotificationView } from '../../api/contract/notifications.ts';
import { failDelivery, finishSent } from '../../db/deliveries.ts';
import { findEffect } from '../../db/effects.ts';
import type { Actor } from '../../domain/actor.ts';
import { systemActor } from '../../domain/actor.ts';
import { start as beginning } from '../../domain/escalation/course.ts';
import { MINUTE, toIso } from '../../domain/time.ts';
import type { Instant } from '../../domain/time.ts';
import { commit } from '../../records/commit.ts';
import { beginCourse, takeStep } from '../../records/escalation.ts';
import { testDriver, usePolicy } from '../helpers/database.ts';
import { startDelivery } from '../helpers/deliveries.ts';
import { desk, makeSchedule } from './schedulesSupport.ts';
import { startApi } from './support.ts';
import type { TestApi } from './support.ts';

const monday = Date.parse('2026-03-02T08:00:00Z');
const system: Actor = systemActor('test', 'main');
let now: Instant = monday;
let api: TestApi;
beforeAll(async () => {
  api = await startApi(() => now);
});
afterAll(() => api.stop());
beforeEach(async () => {
  now = monday;
  await api.pool.query('truncate effects, deliveries');
  await usePolicy(api.pool, (policy) => policy);
});

const path = '/api/v1/notifications';

async function ledger(query = '', key?: string): Promise<NotificationPage> {
  const call = key === undefined ? {} : { key };
  const answer = await api.call('GET', `${path}?${query}`, call);
  expect([answer.status, answer.body['detail']]).toEqual([200, undefined]);
  const page = answer.body as unknown as NotificationPage;
  for (const item of page.items) notificationView.strict().parse(item);
  return page;
}

const keys = ({ items }: NotificationPage): string[] => items.map(({ key }) => key);

/** A step of an escalation pages these people. */
async function page(number: string, people: readonly string[]): Promise<void> {
  const escalation = `${number}/1/0`;
  const step = { escalation, rule: 'escalations.standard.steps.0', round: 0, people };
  const done = await commit(api.engine, number, 'page', step, { actor: system, now });
  expect(done.ok).toBe(true);
}

async function opened(people: readonly string[]): Promise<string> {
  const number = await api.open();
  await page(number, people);
  return number;
}

/** Notes an attempt at a message; the id is for what comes of it. */
async function attempt(key: string): Promise<string> {
  const effect = await findEffect(api.pool, key);
  if (effect?.kind !== 'notification') throw new Error(`${key} is no message`);
  return startDelivery(api.pool, { ...effect, attempts: 1 }, now);
}

async function only(query: string): Promise<NotificationView> {
  const { items } = await ledger(query);
  expect(items).toHaveLength(1);
  return items[0] as NotificationView;
}

describe('why somebody was paged', () => {
  /** Bob has the layer "primary" at all times. */
  async function pagedBySchedule(): Promise<{ number: string; policy: string }> {
    const id = `desk-${randomUUID()}`;
    const [layer] = desk.layers;
    const layers = [{ ...layer, name: 'primary', start: '2026-01-01', people: ['bob'] }];
    await makeSchedule(api, id, { layers });
    const policy = await usePolicy(api.pool, (before) => ({
      ...before,
      escalations: {
        standard: {
          priorities: [1, 2],
          steps: [{ to: [{ schedule: id }], wait: '10m' }],
          catchAll: { to: [{ person: 'ann' }] },
        },
      },
    }));
    const number = await api.open();
    const key = `${number}/1/0`;
    await beginCourse(api.engine, key, now, testDriver);
    await takeStep(api.engine, key, beginning, now, testDriver);
    return { number, policy };
  }

  test('a page by a schedule names its version and layer, the step and the policy', async () => {
    const { number, policy } = await pagedBySchedule();
    const { person, message, channel, state, why } = await only(`number=${number}`);
    expect({ person, message, channel, state }).toEqual({
      ...{ person: 'bob', message: 'page', channel: 'email', state: 'started' },
    });
    expect(why).toMatchObject({
      event: 'paged',
      rule: 'escalations.standard.steps.0',
      because: {
        kind: 'schedule',
        schedule: expect.stringMatching(/^desk-/) as string,
        version: 1,
        source: { kind: 'layer', name: 'primary' },
      },
      policy,
      sentence: expect.stringMatching(
        /^step 1 of escalation standard, round 1, on call in desk-\S+ \(version 1\) by rotation, layer primary$/,
      ) as string,
    });
  });

  test("the record's explanation says the same", async () => {
    const { number } = await pagedBySchedule();
    const answer = await api.call('GET', `/api/v1/incidents/${number}/explain`);
    const items = answer.body['items'] as { kind: string; sentence: string; facts: object }[];
    const explained = items.find(({ kind }) => kind === 'page');
    expect(explained?.sentence).toMatch(
      /on call in desk-\S+ \(version 1\) by rotation, layer primary;/,
    );
    expect(explained?.facts).toMatchObject({ because: { kind: 'schedule', version: 1 } });
  });

  test('word that nobody answered says that the escalation came to its end', async () => {
    const number = await api.open();
    const silence = { escalation: `${number}/1/0`, rule: 'escalations.standard', people: ['lea'] };
    await commit(api.engine, number, 'exhaust', silence, { actor: system, now });
    const { why } = await only(`number=${number}&message=exhausted`);
    expect(why).toMatchObject({
      event: 'escalationExhausted',
      sentence: 'escalation standard came to its end and nobody answered',
    });
  });

  test('a message that is no page names its event', async () => {
    const number = await api.open({ impact: 3, urgency: 3 });
    await api.call('POST', `/api/v1/incidents/${number}/assign`, { body: { assignee: 'bob' } });
    const { why } = await only(`number=${number}&person=bob`);
    expect(why).toMatchObject({ event: 'assigned', because: null });
  });
});

describe('what came of it', () => {
  test('it is that of the last attempt', async () => {
    const number = await opened(['ann']);
    const key = `${number}/2/0`;
    expect(await only(`number=${number}`)).toMatchObject({
      ...{ person: 'ann', channel: 'email', delivery: null },
    });
    await failDelivery(api.pool, await attempt(key), '421 later', now);
    expect((await only(`number=${number}`)).delivery).toMatchObject({
      ...{ attempt: 1, outcome: 'failed', detail: '421 later', finishedAt: toIso(now) },
    });
    now += MINUTE;
    const id = await attempt(key);
    expect((await only(`number=${number}`)).delivery).toMatchObject({
      outcome: null,
      startedAt: toIso(now),
      finishedAt: null,
    });
    await finishSent(api.pool, id, key, { detail: '250 queued' }, now);
    expect((await only(`number=${number}`)).delivery).toMatchObject({
      outcome: 'accepted',
      detail: '250 queued',
      finishedAt: toIso(now),
    });
  });

  test('one that went out with another names it, and has what came of that one', async () => {
    const first = await opened(['ann']);
    const second = await opened(['ann']);
    const [lead, along] = [`${first}/2/0`, `${second}/2/0`];
    await api.pool.query('update effects set together_with = $1 where key = any($2::text[])', [
      lead,
      [lead, along],
    ]);
    await finishSent(api.pool, await attempt(lead), lead, { detail: '250 queued' }, now);
    expect((await only(`number=${first}`)).togetherWith).toBeNull();
    expect(await only(`number=${second}`)).toMatchObject({
      togetherWith: lead,
      delivery: { outcome: 'accepted' },
    });
  });

  test('no address is in it, though the receiver repeats it', async () => {
    const number = await opened(['ann']);
    const said = '550 <ann@example.org>: no such user';
    await failDelivery(api.pool, await attempt(`${number}/2/0`), said, now);
    const answer = await ledger(`number=${number}`);
    expect(answer.items[0]?.delivery?.detail).toBe('550 <…>: no such user');
    expect(JSON.stringify(answer)).not.toContain('@');
  });

  test('what was held back is told with the record, by what, and until when', async () => {
    const number = await api.open();
    const until = now + 30 * MINUTE;
    const hold = { escalation: `${number}/1/0`, by: 'window', id: 'win_1', why: 'service', until };
    await commit(api.engine, number, 'holdPages', hold, { actor: system, now });
    const { items, held } = await ledger(`number=${number}`);
    expect(items).toEqual([]);
    expect(held).toEqual([
      { at: toIso(now), by: 'window', id: 'win_1', why: 'service', until: toIso(until) },
    ]);
    expect((await ledger()).held).toBeUndefined();
    const own = await ledger(`number=${number}`, await api.key('ann', ['requester']));
    expect(own.held).toBeUndefined();
  });
});

describe('whose they are', () => {
  test.each(['agent', 'resolver', 'manager', 'admin'] as const)(
    'a person of the role %s sees those of all',
    async (role) => {
      await opened(['ann', 'bob']);
      const people = (await ledger('', await api.key('lea', [role]))).items.map(
        (one) => one.person,
      );
      expect(people.sort()).toEqual(['ann', 'bob']);
    },
  );

  test('who only asks sees their own, and is refused those of others', async () => {
    const number = await opened(['ann', 'bob']);
    const key = await api.key('ann', ['requester']);
    for (const query of ['', 'person=ann', `number=${number}`]) {
      expect((await ledger(query, key)).items.map(({ person }) => person)).toEqual(['ann']);
    }
    const refused = await api.call('GET', `${path}?person=bob`, { key });
    expect(refused.status).toBe(403);
  });

  test('an integration sees none, though a person has its name', async () => {
    await opened(['ann']);
    const key = await api.key('ann', ['integration']);
    for (const query of ['', 'person=ann']) {
      expect((await api.call('GET', `${path}?${query}`, { key })).status).toBe(403);
    }
  });
});

describe('the list', () => {
  test('is the newest first, and goes on after a page without loss or repeat, though more is written', async () => {
    const all: string[] = [];
    for (let n = 0; n < 3; n += 1) {
      // Two of one moment: the key decides between them.
      const number = await opened(['ann', 'bob']);
      all.unshift(`${number}/2/1`, `${number}/2/0`);
      now += MINUTE;
    }
    expect(keys(await ledger())).toEqual(all);
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const some: NotificationPage = await ledger(
        `limit=1${cursor === '' ? '' : `&cursor=${cursor}`}`,
      );
      seen.push(...keys(some));
      cursor = some.nextCursor;
      if (seen.length === 2) await opened(['lea']);
    }
    expect(seen).toEqual(all);
  });

  test('each filter leaves what it names, and together they leave what all of them name', async () => {
    const first = await opened(['ann']);
    now += MINUTE;
    const second = await opened(['ann', 'bob']);
    await api.pool.query(
      "update effects set state = 'dead', finished_at = created_at where key = $1",
      [`${second}/2/1`],
    );
    const found = async (query: string) => keys(await ledger(query));
    const [ofFirst, ann, bob] = [`${first}/2/0`, `${second}/2/0`, `${second}/2/1`];
    expect(await found('person=ann')).toEqual([ann, ofFirst]);
    expect(await found(`number=${second}`)).toEqual([bob, ann]);
    expect(await found('state=dead,done')).toEqual([bob]);
    expect(await found('channel=email&message=page')).toEqual([bob, ann, ofFirst]);
    expect(await found('channel=sms')).toEqual([]);
    expect(await found('message=breached')).toEqual([]);
    expect(await found(`from=${toIso(now)}`)).toEqual([bob, ann]);
    expect(await found(`to=${toIso(now)}`)).toEqual([ofFirst]);
    expect(await found(`person=ann&number=${second}&state=pending`)).toEqual([ann]);
  });

  test.each([
    ['number=1', 'number'],
    ["number=INC-1'--", 'number'],
    ['person=%3Cann%3E', 'person'],
    ['person=ann&person=bob', 'person'],
    ['channel=pigeon', 'channel'],
    ['channel=constructor', 'channel'],
    ['state=lost', 'state'],
    ['message=%00', 'message'],
    ['message=%3C', 'message'],
    ['from=yesterday', 'from'],
    ['from=2026-03-02&to=2026-03-02', 'from'],
    ['limit=0', 'limit'],
    ['limit=201', 'limit'],
    ['cursor=x', 'cursor'],
    ['cursor=MSBJTkMtMS8yLzAgeA', 'cursor'],
    ['adress=x', 'adress'],
  ])('%s is refused by name', async (query, parameter) => {
    const answer = await api.call('GET', `${path}?${query}`);
    expect([answer.status, answer.body['errors']]).toEqual([
      400,
      [expect.objectContaining({ parameter })],
    ]);
  });
});
