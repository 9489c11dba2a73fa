import { DeliveryError } from '../../channels/channel.ts';
import { addMethod } from '../../db/contactMethods.ts';
import { HOUR, MINUTE, toIso } from '../../domain/time.ts';
import { fastForward } from '../helpers/fastForward.ts';
import { startOnCallStage } from '../helpers/onCallStage.ts';
import type { OnCallStage } from '../helpers/onCallStage.ts';
import { testPolicy } from '../helpers/policy.ts';
import { until } from '../helpers/system.ts';

let refused: (channel: string) => DeliveryError | undefined = () => undefined;
let stage: OnCallStage;
beforeAll(async () => {
  stage = await startOnCallStage({
    onSend(_message, channel) {
      const error = refused(channel);
      if (error !== undefined) throw error;
    },
  });
});
afterAll(() => stage.stop());
beforeEach(async () => {
  refused = () => undefined;
  await stage.system.database.pool.query(
    'truncate schedules, contact_methods, notification_rules cascade',
  );
});

const rules = (who: 'ann' | 'bob', given: object) =>
  stage.done(who, 'PUT', `/api/v1/people/${who}/notification-rules`, given);
/** Lets time pass for the timers of a record itself. */
const recordPasses = (number: string, ms: number) => fastForward(stage.system.client, number, ms);

test('a schedule that nobody is on call in does not wait: the catch-all is paged at once', async () => {
  await stage.escalateBy({
    steps: [{ to: [{ schedule: 'nobody' }], wait: '2h' }],
    catchAll: { to: [{ person: 'ann' }] },
  });
  const number = await stage.open();
  expect(await stage.untilPages(number, 1)).toEqual(['Ann by email']);
  const [paged] = await stage.eventsOf(number, 'paged');
  expect(paged?.data['skipped']).toMatchObject([{ rule: 'steps.0', why: 'nobody' }]);
  await stage.give('ann', number, 'acknowledge');
});

test('who has no verified method counts as nobody: the step does not wait', async () => {
  await stage.escalateBy(
    {
      steps: [{ to: [{ person: 'dan' }], wait: '2h' }],
      catchAll: { to: [{ person: 'ann' }] },
    },
    { people: { ...testPolicy.people, dan: { name: 'Dan' } } },
  );
  const phone = { id: 'cm_dan', person: 'dan', kind: 'sms', address: 'somewhere', label: 'phone' };
  await addMethod(stage.system.database.pool, phone, 'dan', Date.now());
  const number = await stage.open();
  expect(await stage.untilPages(number, 1)).toEqual(['Ann by email']);
  const [paged] = await stage.eventsOf(number, 'paged');
  const dropped = [{ kind: 'person', key: 'dan', why: 'unreachable' }];
  expect(paged?.data['skipped']).toMatchObject([{ rule: 'steps.0', why: 'nobody', dropped }]);
  await stage.give('ann', number, 'acknowledge');
});

test('a person is paged by the methods of their rules, each at its time, until somebody answers', async () => {
  const phone = await stage.method('ann', 'sms');
  const call = await stage.method('ann', 'voice');
  await rules('ann', {
    interrupting: [
      { method: 'policy-email' },
      { method: phone, after: '5m' },
      { method: call, after: '20m' },
    ],
  });
  await stage.escalateBy({ steps: [{ to: [{ person: 'ann' }], wait: '3h' }] });
  const number = await stage.open();
  await stage.untilPages(number, 1);
  await recordPasses(number, 6 * MINUTE);
  expect(await stage.untilPages(number, 2)).toEqual(['Ann by email', 'Ann by sms']);
  await stage.give('ann', number, 'acknowledge');
  await until('the call to be called off', async () => {
    const { rows } = await stage.system.database.pool.query<{ state: string }>(
      `select state from effects where number = $1 and payload ->> 'channel' = 'voice'`,
      [number],
    );
    return rows[0]?.state === 'cancelled';
  });
  await recordPasses(number, HOUR);
  expect(stage.pages(number)).toHaveLength(2);
});

test('a method that is certain to reach nobody falls back to the next one at once', async () => {
  const phone = await stage.method('ann', 'sms');
  await rules('ann', {
    interrupting: [{ method: 'policy-email' }, { method: phone, after: '20m' }],
  });
  refused = (channel) =>
    channel === 'email' ? new DeliveryError('no such mailbox', { retryable: false }) : undefined;
  await stage.escalateBy({ steps: [{ to: [{ person: 'ann' }], wait: '3h' }] });
  const number = await stage.open();
  expect(await stage.untilPages(number, 1)).toEqual(['Ann by sms']);
  expect(await stage.eventsOf(number, 'pageFailed')).toEqual([]);
  await stage.give('ann', number, 'acknowledge');
});

test('a step that two must acknowledge goes on until the second one has', async () => {
  await stage.escalateBy({
    steps: [{ to: [{ team: 'operations' }], wait: '2h', acknowledgedBy: 2 }],
  });
  const number = await stage.open();
  await stage.untilPages(number, 2);
  await stage.give('ann', number, 'acknowledge');
  const again = await stage.call('ann', 'POST', `/api/v1/incidents/${number}/acknowledge`, {});
  expect(again.status).toBe(409);
  const status = async () =>
    (await stage.system.client.workflow.getHandle(`${number}/1/0`).describe()).status.name;
  expect(await status()).toBe('RUNNING');
  await stage.give('bob', number, 'acknowledge');
  await until('the end of the escalation', async () => (await status()) === 'COMPLETED');
});

test('nobody answers: whom the policy names is told, and it all begins anew, again and again until somebody acknowledges', async () => {
  await stage.escalateBy({
    steps: [{ to: [{ person: 'ann' }], wait: '10m' }],
    whenExhausted: { tell: [{ person: 'bob' }], every: '15m' },
  });
  const number = await stage.open();
  for (const pass of [1, 2, 3]) {
    expect(await stage.untilPages(number, pass)).toHaveLength(pass);
    await stage.passes(number, 11 * MINUTE);
    await until(`word ${pass} to Bob`, () => stage.sent(number, 'exhausted').length === pass);
    expect(stage.pages(number)).toHaveLength(pass);
    if (pass < 3) await stage.passes(number, 15 * MINUTE);
  }
  await stage.give('ann', number, 'acknowledge');
  const { status } = await until('the end of the escalation', async () => {
    const run = await stage.system.client.workflow.getHandle(`${number}/1/0`).describe();
    return run.status.name === 'RUNNING' ? undefined : run;
  });
  expect(status.name).toBe('COMPLETED');
  expect(stage.sent(number, 'exhausted').map(({ person }) => person.name)).toEqual([
    'Bob',
    'Bob',
    'Bob',
  ]);
});

test('nobody named for an escalation that nobody answers: the lead is told', async () => {
  await stage.escalateBy({ steps: [{ to: [{ person: 'ann' }], wait: '10m' }] });
  const number = await stage.open();
  await stage.untilPages(number, 1);
  await stage.passes(number, 11 * MINUTE);
  await until('the word', () => stage.sent(number, 'exhausted').length === 1);
  expect(stage.sent(number, 'exhausted')[0]?.person.name).toBe('Lea');
  await stage.give('ann', number, 'acknowledge');
});

test('all others who were paged hear who acknowledged', async () => {
  await stage.escalateBy({
    steps: [
      { to: [{ person: 'ann' }], wait: '10m' },
      { to: [{ person: 'bob' }, { person: 'cem' }], wait: '2h' },
    ],
  });
  const number = await stage.open();
  await stage.untilPages(number, 1);
  await stage.passes(number, 11 * MINUTE);
  await stage.untilPages(number, 3);
  await stage.give('bob', number, 'acknowledge');
  await until('the words', () => stage.sent(number, 'acknowledged').length === 2);
  const told = stage.sent(number, 'acknowledged');
  expect(told.map(({ person }) => person.name).sort()).toEqual(['Ann', 'Cem']);
  for (const { text } of told) expect(text).toContain('Bob');
});

test('quiet hours never hold back a page; what can wait comes when they are over', async () => {
  const clock = (at: number) => toIso(at).slice(11, 16);
  await rules('ann', {
    interrupting: [{ method: 'policy-email' }],
    deferrable: [{ method: 'policy-email' }],
    quietHours: {
      timeZone: 'UTC',
      from: clock(Date.now() - 2 * HOUR),
      to: clock(Date.now() + 4 * HOUR),
    },
  });
  await stage.escalateBy({
    steps: [{ to: [{ person: 'ann' }, { person: 'bob' }], wait: '2h' }],
  });
  const number = await stage.open();
  expect((await stage.untilPages(number, 2)).toSorted()).toEqual(['Ann by email', 'Bob by email']);
  await stage.give('bob', number, 'acknowledge');
  const path = `/api/v1/notifications?number=${number}&message=acknowledged`;
  const { items } = await stage.done('lea', 'GET', path);
  expect(items).toMatchObject([{ person: 'ann', notBefore: expect.any(String) as string }]);
  expect(stage.sent(number, 'acknowledged')).toEqual([]);
  await recordPasses(number, 5 * HOUR);
  await until('the word to Ann', () => stage.sent(number, 'acknowledged').length === 1);
});

test('an acknowledgement that no work follows pages again, and one that work follows does not', async () => {
  await stage.escalateBy({ steps: [{ to: [{ person: 'ann' }], wait: '2h' }], rePageAfter: '30m' });
  const number = await stage.open();
  await stage.untilPages(number, 1);
  await stage.give('ann', number, 'acknowledge');
  await recordPasses(number, 31 * MINUTE);
  expect(await stage.untilPages(number, 2)).toEqual(['Ann by email', 'Ann by email']);
  await stage.give('ann', number, 'acknowledge');
  await stage.give('ann', number, 'start');
  await recordPasses(number, 2 * HOUR);
  expect(await stage.eventsOf(number, 'pagedAgain')).toHaveLength(1);
  expect(stage.pages(number)).toHaveLength(2);
});
