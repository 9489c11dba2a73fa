import type { PolicyInput } from '../../domain/policy.ts';
import { MINUTE } from '../../domain/time.ts';
import { replyCode } from '../../records/answers.ts';
import { callbackPaths } from '../../records/callbacks.ts';
import { createBrowser } from '../channels/browser.ts';
import { fastForward } from '../helpers/fastForward.ts';
import { PUBLIC_URL, startOnCallStage } from '../helpers/onCallStage.ts';
import type { OnCallStage } from '../helpers/onCallStage.ts';
import { testPolicy } from '../helpers/policy.ts';
import { testSecret, until } from '../helpers/system.ts';
import { startTwilioServer } from '../helpers/twilioServer.ts';
import type { TwilioServer } from '../helpers/twilioServer.ts';

const ANNS_NUMBER = '+491700000001';

let twilio: TwilioServer;
let stage: OnCallStage;
beforeAll(async () => {
  const account = { sid: 'AC0123', authToken: 'a-token', from: '+15550001111' };
  twilio = await startTwilioServer(account);
  stage = await startOnCallStage({ providers: { twilioAuthToken: account.authToken } });
});
afterAll(() => Promise.all([stage.stop(), twilio.close()]));

/** A text that reached the provider, as it tells of it. @returns what it is to reply */
async function text(body: string, id: string): Promise<string> {
  const { address, parameters, signature } = twilio.callBack(
    `${PUBLIC_URL}${callbackPaths.smsReply}`,
    { MessageSid: id, From: ANNS_NUMBER, Body: body },
  );
  const response = await fetch(address.replace(PUBLIC_URL, stage.url), {
    method: 'POST',
    body: parameters,
    headers: { 'x-twilio-signature': signature },
  });
  return response.text();
}

const steps: PolicyInput['escalations'][string]['steps'] = [
  { to: [{ person: 'ann' }], wait: '30m' },
  { to: [{ person: 'bob' }], wait: '30m' },
];
beforeEach(async () => {
  const { pool } = stage.system.database;
  await pool.query('truncate contact_methods, notification_rules, inbound_answers cascade');
  await stage.escalateBy({ steps });
});

const cem = { name: 'Cem', email: 'cem@example.org' };
const { ann, bob, lea, gone } = testPolicy.people;

/** What becomes of Ann while she is paged. */
const departures: [string, Partial<PolicyInput>][] = [
  ['deactivated', { people: { ann: { ...ann, active: false }, bob, lea, gone, cem } }],
  [
    'removed from the policy',
    {
      people: { bob, lea, gone, cem },
      teams: {
        ...testPolicy.teams,
        operations: { ...testPolicy.teams.operations, members: ['bob'] },
      },
    },
  ],
];

describe.each(departures)('a person who is %s while being paged', (_, others) => {
  /** Under the policy that has her no more; its steps name others. */
  const depart = () =>
    stage.escalateBy({ steps: [{ to: [{ person: 'bob' }], wait: '30m' }] }, others);

  test('gets no page that waited for its time, with the reason, and the escalation goes on to the next', async () => {
    const phone = await stage.method('ann', 'sms', ANNS_NUMBER);
    await stage.done('ann', 'PUT', '/api/v1/people/ann/notification-rules', {
      interrupting: [{ method: 'policy-email' }, { method: phone, after: '20m' }],
    });
    const number = await stage.open();
    await stage.untilPages(number, 1);
    await depart();
    await fastForward(stage.system.client, number, 21 * MINUTE);
    const ledger = await until('the page to be given up', async () => {
      const path = `/api/v1/notifications?number=${number}&channel=sms`;
      const { items } = await stage.done('lea', 'GET', path);
      const [entry] = items as { state: string; error: string }[];
      return entry?.state === 'dead' && entry;
    });
    expect(ledger.error).toMatch(/^"ann" is (not active any more|no longer in the policy)$/);
    await stage.passes(number, 31 * MINUTE);
    expect(await stage.untilPages(number, 2)).toEqual(['Ann by email', 'Bob by email']);
    await stage.give('bob', number, 'acknowledge');
  });

  test('is left out of the next step that names them, with the reason', async () => {
    await stage.escalateBy({
      steps: [
        { to: [{ person: 'bob' }], wait: '30m' },
        { to: [{ person: 'ann' }, { person: 'cem' }], wait: '30m' },
      ],
    });
    const number = await stage.open();
    await stage.untilPages(number, 1);
    await depart();
    await stage.passes(number, 31 * MINUTE);
    expect(await stage.untilPages(number, 2)).toEqual(['Bob by email', 'Cem by email']);
    expect((await stage.eventsOf(number, 'paged'))[1]?.data['dropped']).toEqual([
      { kind: 'person', key: 'ann', why: expect.stringMatching(/^(inactive|unknown)$/) as string },
    ]);
    await stage.give('bob', number, 'acknowledge');
  });

  test('changes nothing by a link or by the code of a text', async () => {
    await stage.method('ann', 'sms', ANNS_NUMBER);
    const number = await stage.open();
    await stage.untilPages(number, 2);
    const mail = stage.sent(number).find(({ channel }) => channel === 'email');
    const sms = stage.sent(number).find(({ channel }) => channel === 'sms');
    const link = new URL(String(mail?.event.data['acknowledgeUrl'])).pathname;
    await depart();

    const browser = createBrowser(stage.url);
    const pages = [await browser.get(link), await browser.post(link, { answer: 'acknowledge' })];
    const reply = await text(`1 ${replyCode(testSecret, sms?.key ?? '')}`, number);
    for (const { status, body } of pages) {
      expect(status).toBe(403);
      expect(body).toContain('no longer has you as an active person');
    }
    expect(reply).toContain('no longer has you as an active person');
    expect(await stage.eventsOf(number, 'acknowledged')).toEqual([]);
    await stage.give('bob', number, 'acknowledge');
  });
});
