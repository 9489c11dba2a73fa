import type { TimelineEntry } from '../../api/contract.ts';
import type { NotificationPage } from '../../api/contract/notifications.ts';
import { findEffect } from '../../db/effects.ts';
import { inTransaction } from '../../db/pool.ts';
import { writeRules } from '../../db/notificationRules.ts';
import { systemActor } from '../../domain/actor.ts';
import { fromIso } from '../../domain/time.ts';
import { commit } from '../../records/commit.ts';
import { receive } from '../../records/inbound.ts';
import { verifyAll } from '../../records/verify.ts';
import { provisor } from '../cli/support.ts';
import { verifiedMethod } from '../helpers/contactMethods.ts';
import { startDelivery, storedLinks } from '../helpers/deliveries.ts';
import { ADMIN, SECRET, startApi } from './support.ts';
import type { TestApi } from './support.ts';

const now = fromIso('2026-11-23T03:00:00Z');
let api: TestApi;
beforeAll(async () => {
  api = await startApi(() => now);
  const method = await verifiedMethod(api.pool, 'ann', 'sms', '+491701234567');
  const interrupting = [{ method }, { method: 'policy-email' }];
  await writeRules(api.pool, 'ann', { interrupting }, 0, 'test', now);
});
afterAll(() => api.stop());

/** An incident with a page to ann that was sent by SMS, and then by mail. @returns the key of the mail */
async function paged(): Promise<{ number: string; key: string }> {
  const number = await api.open();
  const page = { escalation: 'e', rule: 'escalations.standard.steps.0', round: 0, people: ['ann'] };
  await commit(api.engine, number, 'page', page, { actor: systemActor('e', 'main'), now });
  const [sms, mail] = [`${number}/2/0`, `${number}/2/1`];
  for (const key of [sms, mail]) {
    const effect = await findEffect(api.pool, key);
    if (effect?.kind !== 'notification') throw new Error(`${key} is no message`);
    await startDelivery(api.pool, { ...effect, attempts: 1 }, now);
  }
  return { number, key: mail };
}

async function byLink(number: string, effectKey: string, answer: string): Promise<void> {
  const to = { number, effectKey, organisation: 'main', person: 'ann' };
  const links = await storedLinks(api.pool, SECRET, { ...to, expiresAt: now + 3_600_000 });
  const body = new URLSearchParams({ answer });
  const { status } = await fetch(`${api.url}/a/${links.answer}`, { method: 'POST', body });
  expect(status).toBe(200);
}

async function byReply(key: string, answer: string): Promise<void> {
  const outcome = await receive(api.engine, {
    ...{ provider: 'slack', providerId: `${key}:${answer}`, kind: 'answer', effectKey: key },
    ...{ person: 'ann', answer, methods: [], delivered: null, detail: null },
  });
  expect(outcome).toBe('given');
}

async function timeline(number: string, key?: string): Promise<TimelineEntry[]> {
  const call = key === undefined ? {} : { key };
  const { body } = await api.call('GET', `/api/v1/incidents/${number}/timeline`, call);
  return body['items'] as TimelineEntry[];
}

const acknowledgement = async (number: string, key?: string) =>
  (await timeline(number, key)).find(({ type }) => type === 'acknowledged');

test('the timeline says that an answer came by a link, and in which message the link was', async () => {
  const { number, key } = await paged();
  await byLink(number, key, 'acknowledge');
  expect(await acknowledgement(number)).toMatchObject({
    summary: 'Acknowledged by Ann (by the link in the message by email)',
    origin: { effect: key, channel: 'email', via: 'link' },
  });
});

test('the timeline says that an answer was a reply, and to which message', async () => {
  const { number, key } = await paged();
  await byReply(key, 'acknowledge');
  expect(await acknowledgement(number)).toMatchObject({
    summary: 'Acknowledged by Ann (in reply to the message by email)',
    origin: { effect: key, via: 'reply' },
  });
});

test('an answer with an own key comes from no message', async () => {
  const { number } = await paged();
  await api.call('POST', `/api/v1/incidents/${number}/acknowledge`, { body: {} });
  expect(await acknowledgement(number)).toMatchObject({ summary: 'Acknowledged by admin' });
  expect(await acknowledgement(number)).not.toHaveProperty('origin');
});

test('by which message somebody answered is part of the audit chain', async () => {
  const { number, key } = await paged();
  await byLink(number, key, 'acknowledge');
  const { rows } = await api.pool.query<{ command_id: string }>(
    `select command_id from events where number = $1 and type = 'acknowledged'`,
    [number],
  );
  expect(rows).toEqual([{ command_id: `answer/${key}/ann/acknowledge/link` }]);
  const faults = async () =>
    (await verifyAll(api.pool, { trusted: [], kept: [] })).faults.filter(({ of }) => of === number);
  expect(await faults()).toEqual([]);
  // Somebody with the database in their hands.
  await inTransaction(api.pool, async (tx) => {
    await tx.query('set local session_replication_role = replica');
    await tx.query(
      `update events set command_id = replace(command_id, 'link', 'reply') where number = $1`,
      [number],
    );
  });
  expect(await faults()).toHaveLength(1);
});

test('who only asks hears who acknowledged, and nothing of messages', async () => {
  const requester = await api.key('max', ['requester']);
  const opened = await api.call('POST', '/api/v1/incidents', {
    key: requester,
    body: { title: 'Shop down', impact: 1, urgency: 1 },
  });
  const number = String(opened.body['number']);
  const page = { escalation: 'e', rule: 'r', round: 0, people: ['ann'] };
  await commit(api.engine, number, 'page', page, { actor: systemActor('e', 'main'), now });
  await byReply(`${number}/2/0`, 'acknowledge');
  for (const entry of await timeline(number, requester)) {
    expect(entry).not.toHaveProperty('origin');
    expect(entry.summary).not.toContain('message');
  }
});

test('the ledger says with what each message was answered, by whom, when and how', async () => {
  const { number, key } = await paged();
  await byReply(key, 'escalate');
  await byLink(number, key, 'acknowledge');
  const { body } = await api.call('GET', `/api/v1/notifications?number=${number}&message=page`);
  const { items } = body as unknown as NotificationPage;
  expect(items.find((item) => item.key === key)?.answers).toEqual([
    { person: 'ann', answer: 'acknowledge', via: 'link', at: '2026-11-23T03:00:00.000Z' },
    { person: 'ann', answer: 'escalate', via: 'reply', at: '2026-11-23T03:00:00.000Z' },
  ]);
  const { out } = await provisor(['notification', 'list', '--number', number], {
    PROVISOR_URL: api.url,
    PROVISOR_KEY: ADMIN,
  });
  expect(out).toContain('acknowledge by ann, link; escalate by ann, reply');
});
