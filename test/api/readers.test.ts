import { incident } from '../../processes/incident.ts';
import { explanationList, timelineEntry } from '../../api/contract.ts';
import { finishSent } from '../../db/deliveries.ts';
import { systemActor } from '../../domain/actor.ts';
import { HOUR, MINUTE } from '../../domain/time.ts';
import { commit } from '../../records/commit.ts';
import { startDelivery } from '../helpers/deliveries.ts';
import { startApi } from './support.ts';
import type { TestApi } from './support.ts';

const eight = Date.parse('2026-03-02T08:00:00Z');
let now = eight;
let api: TestApi;
let number: string;

function step(command: string, body: object = {}) {
  return api.call('POST', `/api/v1/incidents/${number}/${command}`, { body });
}

/** What the worker does when an escalation takes its first step and the mail server accepts the page. */
async function page(): Promise<void> {
  const input = {
    escalation: `${number}/1/0`,
    round: 0,
    step: 0,
    rule: 'escalations.standard.steps.0',
    people: ['ann'],
  };
  const request = { actor: systemActor(`${number}/1/0`, 'main'), now };
  const paged = await commit(api.engine, number, 'page', input, request);
  if (!paged.ok) throw new Error('not paged');
  const attempt = {
    key: `${number}/2/0`,
    kind: 'notification',
    number,
    organisation: 'main',
    person: 'ann',
    channel: 'email',
    message: 'page',
    attempts: 1,
  } as const;
  const id = await startDelivery(api.pool, attempt, now + 500);
  await finishSent(api.pool, id, attempt.key, { detail: '250 queued' }, now + 900);
}

beforeAll(async () => {
  api = await startApi(() => now);
  number = await api.open({ requester: 'rita' });
  now += MINUTE;
  await page();
  now += MINUTE;
  await step('acknowledge');
  await step('start');
  now = eight + HOUR;
  await step('hold', { reason: 'customer', comment: 'asked for a log' });
  now += 2 * HOUR;
  await step('resume');
  await step('prioritise', { impact: 2, urgency: 2, reason: 'a workaround' });
});
afterAll(() => api.stop());

describe('the timeline', () => {
  test('tells in plain words what happened and what was sent, in the order of time', async () => {
    const { body } = await api.call('GET', `/api/v1/incidents/${number}/timeline`);
    const items = timelineEntry.array().parse(body['items']);
    expect(items.map(({ at, summary }) => `${at.slice(11, 19)} ${summary}`)).toEqual([
      '08:00:00 Opened by admin with priority 1',
      '08:01:00 Paged Ann (step 1 of 2, round 1)',
      '08:01:00 Message to Ann by email: accepted (250 queued)',
      '08:02:00 Acknowledged by admin',
      '08:02:00 Work begun by admin',
      '09:00:00 Put on hold by admin: customer, asked for a log',
      '11:00:00 Resumed by admin',
      '11:00:00 Impact 2 and urgency 2 set by admin: a workaround',
    ]);
    expect(items[0]).toMatchObject({
      kind: 'event',
      seq: 1,
      version: incident.version,
      actor: { kind: 'person', id: 'admin' },
    });
    expect(items[0]!.policy).toMatch(/^[0-9a-f]{32}$/);
    expect(items[5]!.data).toEqual({ reason: 'customer', comment: 'asked for a log' });
  });

  test.each([1, 2, 3, 5])('in pages of %i is the same', async (limit) => {
    const path = `/api/v1/incidents/${number}/timeline`;
    const whole = (await api.call('GET', path)).body['items'];
    const items: unknown[] = [];
    let next: string | null = `${path}?limit=${limit}`;
    while (next !== null) {
      const answer = await api.call('GET', next);
      items.push(...(answer.body['items'] as unknown[]));
      next = /^<([^>]+)>; rel="next"$/.exec(answer.headers.get('link') ?? '')?.[1] ?? null;
    }
    expect(items).toEqual(whole);
  });

  test('of somebody who only asks has no pages in it', async () => {
    const key = await api.key('rita', ['requester']);
    const { body } = await api.call('GET', `/api/v1/incidents/${number}/timeline`, { key });
    const types = timelineEntry
      .array()
      .parse(body['items'])
      .map(({ type }) => type);
    expect(types).not.toContain('paged');
    expect(types).not.toContain('email.accepted');
    expect(types).toContain('acknowledged');
  });
});

describe('the explanation', () => {
  const sentences = async (key?: string) => {
    const { body } = await api.call(
      'GET',
      `/api/v1/incidents/${number}/explain`,
      key === undefined ? {} : { key },
    );
    return explanationList.parse(body).items;
  };

  test('says by which rule the priority came out, then and now', async () => {
    const items = (await sentences()).filter(({ about }) => about === 'priority');
    const policy = items[0]!.policy.slice(0, 8);
    expect(items.map(({ sentence, current }) => [sentence, current])).toEqual([
      [
        `Priority 1: impact 1 × urgency 1 in priority.matrix.0.0 of policy ${policy}…, definition ${incident.version}`,
        false,
      ],
      [
        `Priority 3: impact 2 × urgency 2 in priority.matrix.1.1 of policy ${policy}…, definition ${incident.version}`,
        true,
      ],
    ]);
  });

  test('says how each deadline came about, pauses included', async () => {
    const items = (await sentences()).filter(({ about }) => about === 'resolve');
    const of = `policy ${items[0]!.policy.slice(0, 8)}…, definition ${incident.version}`;
    expect(items.map(({ sentence }) => sentence)).toEqual([
      `resolve due 2026-03-02T12:00:00.000Z: 4 h on calendar always (serviceLevels.standard.resolve.1 of ${of})`,
      `resolve has no deadline while it is paused for hold customer: 4 h on calendar always (serviceLevels.standard.resolve.1 of ${of})`,
      `resolve due 2026-03-02T14:00:00.000Z: 4 h on calendar always (serviceLevels.standard.resolve.1 of ${of}), paused 2 h for hold customer`,
      `resolve due 2026-03-04T10:00:00.000Z: 20 h on calendar office (serviceLevels.standard.resolve.3 of ${of}), paused 2 h for hold customer`,
    ]);
    expect(items.map(({ current }) => current)).toEqual([false, false, false, true]);
  });

  test('of a resolved incident says that its goal stands still, not that it is paused', async () => {
    const ended = await api.open();
    const body = { code: 'fixed', notes: 'restarted' };
    await api.call('POST', `/api/v1/incidents/${ended}/resolve`, { body });
    const answer = await api.call('GET', `/api/v1/incidents/${ended}/explain`);
    const resolve = explanationList
      .parse(answer.body)
      .items.filter(({ about }) => about === 'resolve');
    expect(resolve.at(-1)?.sentence).toMatch(
      /^resolve stands still while the incident is resolved: 4 h on calendar always/,
    );
  });

  test('says who was paged, why, and what came of it', async () => {
    const [paged] = (await sentences()).filter(({ kind }) => kind === 'page');
    expect(paged).toMatchObject({
      sentence:
        'paged ann by email at 2026-03-02T08:01:00.500Z: step 1 of escalation standard, round 1; accepted: 250 queued',
      rule: 'escalations.standard.steps.0',
      result: 'accepted',
    });
  });

  test('for somebody who only asks names no page and no goal', async () => {
    const items = await sentences(await api.key('rita', ['requester']));
    expect(new Set(items.map(({ about }) => about))).toEqual(new Set(['priority']));
  });
});
