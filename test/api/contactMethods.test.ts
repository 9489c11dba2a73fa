import { createChannels } from '../../channels/index.ts';
import { readConfig } from '../../config.ts';
import { methodsOf } from '../../db/contactMethods.ts';
import { fromIso, HOUR, MINUTE } from '../../domain/time.ts';
import type { Instant } from '../../domain/time.ts';
import { usePolicy } from '../helpers/database.ts';
import { startMailbox } from '../helpers/mailbox.ts';
import type { Mailbox } from '../helpers/mailbox.ts';
import { startSlackServer } from '../helpers/slackServer.ts';
import type { SlackServer } from '../helpers/slackServer.ts';
import { startTwilioServer } from '../helpers/twilioServer.ts';
import type { TwilioServer } from '../helpers/twilioServer.ts';
import { SECRET, startApi } from './support.ts';
import type { Answer, TestApi } from './support.ts';

const account = { sid: 'AC0123', authToken: 'canary-twilio', from: '+15550001111' };
const start = fromIso('2026-11-23T09:00:00Z');

let api: TestApi;
let mailbox: Mailbox;
let slack: SlackServer;
let twilio: TwilioServer;
let clock: Instant;
let ann: string;
let bob: string;

beforeAll(async () => {
  clock = start;
  mailbox = await startMailbox();
  slack = await startSlackServer('xoxb-test', ['U0ANN', 'U0BOB']);
  twilio = await startTwilioServer(account);
  const config = readConfig({
    SMTP_URL: mailbox.url,
    SLACK_BOT_TOKEN: 'xoxb-test',
    SLACK_API_URL: `${slack.url}/api`,
    TWILIO_ACCOUNT_SID: account.sid,
    TWILIO_AUTH_TOKEN: account.authToken,
    TWILIO_FROM: account.from,
    TWILIO_API_URL: twilio.url,
    PROVISOR_OUTBOUND_ALLOW: '127.0.0.0/8',
  });
  api = await startApi(() => clock, { channels: createChannels(config, SECRET) });
  ann = await api.key('ann', ['resolver']);
  bob = await api.key('bob', ['resolver']);
});
afterAll(async () => {
  await api.stop();
  await Promise.all([mailbox.close(), slack.close(), twilio.close()]);
});
/** Each test has an hour of its own: no limit reaches into the next. */
beforeEach(() => {
  clock += 2 * HOUR;
});

const base = '/api/v1/people/ann/contact-methods';
let numbers = 0;
const freshNumber = (): string => `+4917000${String(++numbers).padStart(5, '0')}`;

async function add(body: object, key = ann, headers = {}): Promise<Answer> {
  return api.call('POST', base, { key, body, headers });
}

/** An SMS method of Ann's. */
async function added(address = freshNumber()): Promise<{ id: string; address: string }> {
  const answer = await add({ kind: 'sms', address, label: 'phone' });
  expect(answer.status).toBe(201);
  return { id: String(answer.body['id']), address };
}

/** The code in the last SMS to a number. */
function codeTo(address: string): string {
  const forms = [...twilio.messages.values()].filter((form) => form.get('To') === address);
  return /Code: (\d{6})/.exec(forms.at(-1)?.get('Body') ?? '')?.[1] ?? 'none';
}

const verify = (id: string, code: string, key = ann): Promise<Answer> =>
  api.call('POST', `${base}/${id}/verify`, { key, body: { code } });

const post = (id: string, what: 'code' | 'test', headers = {}): Promise<Answer> =>
  api.call('POST', `${base}/${id}/${what}`, { key: ann, headers });

test('a method is used once the code that was sent to it came back', async () => {
  const address = freshNumber();
  const answer = await add({ kind: 'sms', address, label: 'work phone' });
  expect(answer.body).toMatchObject({
    ...{ kind: 'sms', address, label: 'work phone', source: 'person', verified: false },
    code: {
      accepted: true,
      detail: expect.stringContaining('the provider has it as SM') as unknown,
    },
  });
  const id = String(answer.body['id']);
  expect(answer.headers.get('location')).toBe(`${base}/${id}`);
  const verified = await verify(id, codeTo(address));
  expect([verified.status, verified.body['verified']]).toEqual([200, true]);
  const [stored] = (await methodsOf(api.pool, ['ann'])).filter((method) => method.id === id);
  expect(stored?.verifiedAt).toBe(clock);
});

test('who has no other method is not reached before it is verified', async () => {
  await usePolicy(api.pool, (policy) => ({
    ...policy,
    people: { ...policy.people, cem: { name: 'Cem' } },
  }));
  const reachable = async () => (await api.call('GET', '/api/v1/people/cem')).body['reachable'];
  const address = freshNumber();
  const path = '/api/v1/people/cem/contact-methods';
  const { body } = await api.call('POST', path, { body: { kind: 'sms', address, label: 'phone' } });
  expect(await reachable()).toBe(false);
  await api.call('POST', `${path}/${String(body['id'])}/verify`, {
    body: { code: codeTo(address) },
  });
  expect(await reachable()).toBe(true);
});

test.each([
  ['email', 'ann.private@example.org', () => mailbox.mails.at(-1)?.subject],
  ['slack', 'U0ANN', () => [...slack.messages.values()].at(-1)?.text],
])('a code reaches %s', async (kind, address, read) => {
  const { body } = await add({ kind, address, label: 'mine' });
  const code = /Code: (\d{6})/.exec(read() ?? '')?.[1] ?? 'none';
  expect((await verify(String(body['id']), code)).body['verified']).toBe(true);
});

test('a call says the code digit by digit', async () => {
  const address = freshNumber();
  const { body } = await add({ kind: 'voice', address, label: 'mine' });
  const said = [...twilio.calls.values()].at(-1)?.get('Twiml') ?? '';
  const code = /Code\. .*?((?:\d ){5}\d)\./.exec(said)?.[1]?.replaceAll(' ', '') ?? 'none';
  expect((await verify(String(body['id']), code)).status).toBe(200);
});

describe('a code', () => {
  test('is void after five attempts, also for whoever knows it then', async () => {
    const { id, address } = await added();
    const code = codeTo(address);
    const wrong = code === '000000' ? '000001' : '000000';
    const details: unknown[] = [];
    for (let attempt = 0; attempt < 5; attempt += 1) {
      const { status, body } = await verify(id, wrong);
      expect(status).toBe(422);
      details.push(body['detail']);
    }
    expect(details[0]).toContain('4 more attempts');
    expect(details[4]).toContain('ask for a new one');
    expect((await verify(id, code)).status).toBe(409);
  });

  test('is good for ten minutes', async () => {
    const { id, address } = await added();
    clock += 10 * MINUTE;
    expect((await verify(id, codeTo(address))).status).toBe(409);
  });

  test('is void once a new one was sent', async () => {
    const { id, address } = await added();
    const first = codeTo(address);
    clock += MINUTE;
    expect((await post(id, 'code')).body).toMatchObject({ accepted: true, method: id });
    expect(codeTo(address)).not.toBe(first);
    expect((await verify(id, first)).status).toBe(422);
    expect((await verify(id, codeTo(address))).status).toBe(200);
  });

  test('of one method does not verify another', async () => {
    const [one, other] = [await added(), await added()];
    expect((await verify(other.id, codeTo(one.address))).status).toBe(422);
  });

  test('is in no answer and in no row', async () => {
    const address = freshNumber();
    const { body } = await add({ kind: 'sms', address, label: 'phone' });
    const code = codeTo(address);
    const { rows } = await api.pool.query(
      'select to_jsonb(c)::text as text from contact_codes c union all select to_jsonb(s)::text from contact_sendings s',
    );
    expect(JSON.stringify([body, rows])).not.toContain(code);
  });
});

describe('what is sent', () => {
  test('goes to an address once a minute and five times an hour, then it says when', async () => {
    const { id } = await added();
    const soon = await post(id, 'code');
    expect([soon.status, soon.headers.get('retry-after')]).toEqual([429, '60']);
    for (let count = 2; count <= 5; count += 1) {
      clock += MINUTE;
      expect((await post(id, 'code')).status).toBe(200);
    }
    clock += MINUTE;
    const enough = await post(id, 'code');
    expect([enough.status, enough.headers.get('retry-after')]).toEqual([429, String(55 * 60)]);
    clock += 55 * MINUTE;
    expect((await post(id, 'code')).status).toBe(200);
  });

  test('is not more for who removes the method and adds it again, nor for somebody else with the same address', async () => {
    const { id, address } = await added();
    await api.call('DELETE', `${base}/${id}`, { key: ann });
    const again = await add({ kind: 'sms', address, label: 'phone' });
    expect([again.status, again.body['code']]).toEqual([201, null]);
    const others = '/api/v1/people/bob/contact-methods';
    const body = { kind: 'sms', address, label: 'not mine' };
    const foreign = await api.call('POST', others, { key: bob, body });
    expect([foreign.status, foreign.body['code']]).toEqual([201, null]);
    const sent = [...twilio.messages.values()].filter((form) => form.get('To') === address);
    expect(sent).toHaveLength(1);
  });

  test('is one of many that are asked for at once', async () => {
    const { id, address } = await added();
    clock += MINUTE;
    const answers = await Promise.all(Array.from({ length: 6 }, () => post(id, 'code')));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 429, 429, 429, 429, 429]);
    const sent = [...twilio.messages.values()].filter((form) => form.get('To') === address);
    expect(sent).toHaveLength(2);
  });

  test('is sent once for one Idempotency-Key, and answered the same', async () => {
    const { id, address } = await added();
    clock += MINUTE;
    const headers = { 'idempotency-key': 'again' };
    const first = await post(id, 'code', headers);
    const second = await post(id, 'code', headers);
    expect(second).toMatchObject({ status: 200, body: first.body });
    expect([...twilio.messages.values()].filter((form) => form.get('To') === address)).toHaveLength(
      2,
    );
  });
});

test('a test page is sent at once, and the answer says what the receiver said', async () => {
  const { id } = await added();
  expect((await post(id, 'test')).body).toEqual({
    ...{ method: id, accepted: true, expiresAt: null },
    detail: expect.stringContaining('the provider has it as SM') as unknown,
  });
  expect([...twilio.messages.values()].at(-1)?.get('Body')).toContain('Test page');
});

describe('a number that the provider refuses because of STOP', () => {
  // A person has twenty methods at most.
  afterAll(() => api.pool.query("delete from contact_methods where person = 'ann'"));

  const stateOf = async (id: string): Promise<unknown> => {
    const { body } = await api.call('GET', base, { key: ann });
    const [method] = (body['items'] as { id: string; disabledWhy: string }[]).filter(
      (one) => one.id === id,
    );
    return method?.disabledWhy;
  };
  const refused = {
    accepted: false,
    detail: expect.stringContaining('unsubscribed with STOP') as unknown,
  };

  test.each(['test', 'code'] as const)('for a %s is switched off, as by a page', async (what) => {
    const { id, address } = await added();
    twilio.unsubscribed.add(address);
    clock += MINUTE;
    expect((await post(id, what)).body).toMatchObject(refused);
    expect(await stateOf(id)).toBe('its owner sent STOP');
  });

  test('as it is added is there, and off', async () => {
    const address = freshNumber();
    twilio.unsubscribed.add(address);
    const { body } = await add({ kind: 'sms', address, label: 'phone' });
    expect(body).toMatchObject({ code: refused, disabledWhy: 'its owner sent STOP' });
  });

  test('for another reason stays on', async () => {
    const { id } = await added();
    twilio.faults.push({ status: 503 });
    expect((await post(id, 'test')).body).toMatchObject({ accepted: false });
    expect(await stateOf(id)).toBeNull();
  });
});

test("the policy's ways are shown as verified, can be tried, and are changed in the policy alone", async () => {
  const { body } = await api.call('GET', base, { key: ann });
  expect(body['items']).toContainEqual(
    expect.objectContaining({
      ...{ id: 'policy-email', kind: 'email', address: 'ann@example.org' },
      ...{ source: 'policy', verified: true },
    }),
  );
  expect((await post('policy-email', 'test')).body['accepted']).toBe(true);
  expect(mailbox.mails.at(-1)?.to).toEqual(['ann@example.org']);
  for (const [method, path] of [
    ['DELETE', ''],
    ['POST', '/code'],
    ['POST', '/verify'],
  ] as const) {
    const sent = { key: ann, ...(path === '/verify' ? { body: { code: '123456' } } : {}) };
    const { status } = await api.call(method, `${base}/policy-email${path}`, sent);
    expect([path, status]).toEqual([path, 409]);
  }
});

describe('who may', () => {
  test('an address is shown to its person and to admins, and to nobody else of the desk', async () => {
    await added();
    const shown = async (key?: string): Promise<unknown[]> => {
      const { body } = await api.call('GET', base, key === undefined ? {} : { key });
      return (body['items'] as { address: unknown }[]).map(({ address }) => address);
    };
    expect(await shown(ann)).not.toContain(null);
    expect(await shown()).not.toContain(null);
    for (const role of ['agent', 'resolver', 'manager'] as const) {
      expect(new Set(await shown(await api.key('lea', [role])))).toEqual(new Set([null]));
    }
    const requester = await api.key('zoe', ['requester']);
    expect((await api.call('GET', base, { key: requester })).status).toBe(403);
    const monitoring = await api.key('ann', ['integration']);
    expect((await api.call('GET', base, { key: monitoring })).status).toBe(403);
  });

  test('nobody but the person and admins adds, verifies, tries or removes', async () => {
    const { id } = await added();
    const calls = [
      ['POST', base, { kind: 'sms', address: freshNumber(), label: 'x' }],
      ['POST', `${base}/${id}/code`, undefined],
      ['POST', `${base}/${id}/test`, undefined],
      ['POST', `${base}/${id}/verify`, { code: '123456' }],
      ['DELETE', `${base}/${id}`, undefined],
    ] as const;
    const manager = await api.key('lea', ['manager']);
    for (const [method, path, body] of calls) {
      for (const key of [bob, manager]) {
        expect([path, (await api.call(method, path, { key, body })).status]).toEqual([path, 403]);
      }
    }
    clock += MINUTE;
    expect((await api.call('POST', `${base}/${id}/code`)).status).toBe(200);
    expect((await api.call('DELETE', `${base}/${id}`)).status).toBe(200);
  });

  test("a method is found below its own person's address alone", async () => {
    const { id } = await added();
    const path = `/api/v1/people/bob/contact-methods/${id}`;
    expect((await api.call('DELETE', path, { key: bob })).status).toBe(404);
  });

  test('somebody whom the policy does not know has none', async () => {
    const path = '/api/v1/people/nobody/contact-methods';
    expect((await api.call('GET', path)).status).toBe(404);
    const body = { kind: 'sms', address: freshNumber(), label: 'x' };
    expect((await api.call('POST', path, { body })).status).toBe(404);
  });
});

test.each([
  [{ kind: 'fax', address: '1', label: 'x' }, '/kind', 'must be one of email, webhook'],
  [{ kind: 'sms', address: '0170 1', label: 'x' }, '/address', 'country code'],
  [{ kind: 'slack', address: 'C0123', label: 'x' }, '/address', "member's id"],
  [{ kind: 'sms', address: '+491701234567', label: '' }, '/label', 'must not be empty'],
  [{ kind: 'sms', address: '+491701234567', label: 'a\nb' }, '/label', 'must be one line'],
  [{ kind: 'sms', address: '+491701234567', label: 'x', verified: true }, '/verified', 'known'],
])('%j is refused with the place and what is wrong', async (body, pointer, detail) => {
  const answer = await add(body);
  expect(answer.status).toBe(422);
  expect(answer.body['errors']).toEqual([
    { pointer, detail: expect.stringContaining(detail) as unknown },
  ]);
});

test('a kind that the installation is not set up for is refused with what to set', async () => {
  const bare = await startApi(() => clock);
  const body = { kind: 'sms', address: freshNumber(), label: 'phone' };
  const answer = await bare.call('POST', base, { body });
  expect([answer.status, answer.body['detail']]).toEqual([
    422,
    '/kind: cannot be used here: SMS are not configured: set TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, TWILIO_FROM',
  ]);
  await bare.stop();
});

test('the same address twice is refused; the same request again gets the same method', async () => {
  const body = { kind: 'sms', address: freshNumber(), label: 'phone' };
  const headers = { 'idempotency-key': 'add-once' };
  const first = await add(body, ann, headers);
  const repeat = await add(body, ann, headers);
  expect([repeat.status, repeat.body]).toEqual([201, first.body]);
  expect((await add(body)).status).toBe(409);
  expect((await add({ ...body, label: 'other' }, ann, headers)).status).toBe(422);
});

test('a receiver that refuses the code is told of; the method stays, without being used', async () => {
  slack.faults.push({ status: 200, body: { ok: false, error: 'user_not_found' } });
  const { status, body } = await api.call('POST', '/api/v1/people/bob/contact-methods', {
    key: bob,
    body: { kind: 'slack', address: 'U0BOB', label: 'Slack' },
  });
  expect(status).toBe(201);
  expect(body).toMatchObject({
    verified: false,
    code: { accepted: false, detail: expect.stringContaining('user_not_found') as unknown },
  });
});

test('the audit log tells who changed what, and no address', async () => {
  const { id, address } = await added();
  await verify(id, codeTo(address));
  await api.call('DELETE', `${base}/${id}`);
  const { body } = await api.call('GET', '/api/v1/audit?limit=3');
  const items = body['items'] as { kind: string; actor: string; data: object }[];
  expect(items.map(({ kind, actor }) => [kind, actor])).toEqual([
    ['contactMethodRemoved', 'person:admin'],
    ['contactMethodVerified', 'person:ann'],
    ['contactMethodAdded', 'person:ann'],
  ]);
  expect(items[2]?.data).toEqual({ person: 'ann', method: id, channel: 'sms' });
  expect(JSON.stringify(items)).not.toContain(address);
});
