import { createHmac } from 'node:crypto';
import type { Server } from 'node:http';
import { methodsOf } from '../../db/contactMethods.ts';
import { deliveriesOf } from '../../db/deliveries.ts';
import { effectsOf, findEffect } from '../../db/effects.ts';
import { noteSending } from '../../db/contactSendings.ts';
import { readEvents } from '../../db/events.ts';
import { findRecord } from '../../db/records.ts';
import { systemActor } from '../../domain/actor.ts';
import { start } from '../../domain/escalation/course.ts';
import { fromIso, HOUR, MINUTE, SECOND, toIso } from '../../domain/time.ts';
import type { Instant } from '../../domain/time.ts';
import { replyCode, buttonToken } from '../../records/answers.ts';
import type { AnswerCommand } from '../../records/answers.ts';
import { callbackPaths, callbackUrl } from '../../records/callbacks.ts';
import { commit } from '../../records/commit.ts';
import type { Engine } from '../../records/engine.ts';
import { applyKept } from '../../records/inbound.ts';
import { createSlackReply } from '../../channels/slackReply.ts';
import { allHaveLooked, goesAtOnce } from '../helpers/atOnce.ts';
import { usePolicy } from '../helpers/database.ts';
import { startDelivery } from '../helpers/deliveries.ts';
import { startProvider } from '../helpers/provider.ts';
import type { Provider } from '../helpers/provider.ts';
import { until } from '../helpers/system.ts';
import { startTwilioServer } from '../helpers/twilioServer.ts';
import type { TwilioServer } from '../helpers/twilioServer.ts';
import { listen, quietDeps, SECRET, startApi } from './support.ts';
import type { TestApi } from './support.ts';

const publicUrl = 'https://desk.example.org';
const account = { sid: 'AC0123', authToken: 'canary-twilio', from: '+15550001111' };
const signingSecret = 'canary-slack';
const providers = { slackSigningSecret: signingSecret, twilioAuthToken: account.authToken };
const numbers = { ann: '+491700000001', bob: '+491700000002' } as const;
const monday = fromIso('2026-11-23T09:00:00Z');

let api: TestApi;
let twilio: TwilioServer;
/** Where Slack takes what is said to whoever pressed a button. */
let hooks: Provider;
let clock: Instant;

beforeAll(async () => {
  clock = monday;
  hooks = await startProvider(() => ({ status: 200, body: 'ok' }));
  const slackReply = createSlackReply({ apiUrl: `${hooks.url}/api`, allowed: ['127.0.0.0/8'] });
  api = await startApi(() => clock, { providers: { ...providers, slackReply }, publicUrl });
  twilio = await startTwilioServer(account);
  for (const person of ['ann', 'bob'] as const) {
    await addMethod(person, 'slack', `U0${person.toUpperCase()}`);
    await addMethod(person, 'sms', numbers[person]);
  }
  await addMethod('ann', 'mattermost', 'https://chat.example.org/hooks/ann');
  await addMethod('ann', 'voice', numbers.ann);
});
afterAll(async () => {
  await Promise.all([api.stop(), twilio.close(), hooks.close()]);
});
/** No test's wrong codes count in the next. */
beforeEach(async () => {
  clock += 2 * HOUR;
  await usePolicy(api.pool, (policy) => ({
    ...policy,
    channels: {
      ops: { kind: 'slack', address: 'C0OPS' },
      noc: { kind: 'mattermost', address: 'https://chat.example.org/hooks/noc' },
    },
  }));
});

async function addMethod(
  person: string,
  kind: string,
  address: string,
  verified = true,
): Promise<string> {
  const id = `cm_${person}_${kind}${verified ? '' : '_new'}`;
  await api.pool.query(
    `insert into contact_methods (id, person, kind, address, label, created_at, created_by, verified_at)
     values ($1, $2, $3, $4, 'x', $5, $2, $6)`,
    [id, person, kind, address, toIso(clock), verified ? toIso(clock) : null],
  );
  return id;
}

/** The keys of a page's messages, by the ways that they take. */
type Ways = Readonly<Record<string, string>>;

/** An incident whose escalation has just paged, with every message sent. */
async function paged(
  meant: { people?: string[]; channels?: string[] } = { people: ['ann'] },
): Promise<{ number: string; ways: Ways }> {
  const number = await api.open();
  const seq = (await findRecord(api.pool, number))!.seq + 1;
  const actor = systemActor('e', 'main');
  const input = { escalation: 'e', rule: 'r', position: start, people: [], ...meant };
  const result = await commit(api.engine, number, 'page', input, { actor, now: clock });
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  const ways: Record<string, string> = {};
  for (const { key, channel } of await effectsOf(api.pool, number)) {
    if (channel === null || !key.startsWith(`${number}/${seq}/`)) continue;
    const effect = await findEffect(api.pool, key);
    if (effect?.kind === 'notification') await startDelivery(api.pool, effect, clock);
    await api.pool.query(`update effects set state = 'done', finished_at = $2 where key = $1`, [
      ...[key, toIso(clock)],
    ]);
    ways[channel] = key;
  }
  return { number, ways };
}

/** Who did what to a record since it was paged. */
async function told(number: string): Promise<string[]> {
  const events = await readEvents(api.pool, number);
  const last = events.map(({ type }) => type).lastIndexOf('paged');
  return events.slice(last + 1).map(({ type, actor }) => `${type} by ${actor.id}`);
}

async function outcomes(): Promise<string[]> {
  const { rows } = await api.pool.query<{ outcome: string | null }>(
    'select outcome from inbound_answers where received_at = $1 order by id',
    [toIso(clock)],
  );
  return rows.map(({ outcome }) => outcome ?? 'waits');
}

interface Reply {
  readonly status: number;
  readonly text: string;
}

async function send(
  url: string,
  body: string,
  headers: Record<string, string> = {},
): Promise<Reply> {
  const response = await fetch(url, { method: 'POST', body, headers });
  return { status: response.status, text: await response.text() };
}

let presses = 0;

function slackPress(
  key: string,
  user: string,
  {
    command = 'acknowledge',
    at = String(++presses),
    secret = signingSecret,
    url = api.url,
    responseUrl = undefined as string | undefined,
  } = {},
): Promise<Reply> {
  const payload = {
    type: 'block_actions',
    user: { id: user },
    team: { id: 'T1' },
    response_url: responseUrl,
    container: { channel_id: 'C1', message_ts: '1774746000.000001' },
    actions: [{ action_id: command, value: key, action_ts: at }],
  };
  const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
  const timestamp = String(clock / SECOND);
  const mac = createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex');
  return send(`${url}${callbackPaths.slack}`, body, {
    'content-type': 'application/x-www-form-urlencoded',
    'x-slack-request-timestamp': timestamp,
    'x-slack-signature': `v0=${mac}`,
  });
}

/** What the telephony provider posts to an address of ours. */
function fromTwilio(address: string, parameters: Record<string, string>): Promise<Reply> {
  const back = twilio.callBack(address, parameters);
  return send(address.replace(publicUrl, api.url), back.parameters.toString(), {
    'content-type': 'application/x-www-form-urlencoded',
    'x-twilio-signature': back.signature,
  });
}

let texts = 0;

const sms = (from: string, body: string, sid = `SM${++texts}`): Promise<Reply> =>
  fromTwilio(`${publicUrl}${callbackPaths.smsReply}`, { MessageSid: sid, From: from, Body: body });

const report = (
  path: 'smsStatus' | 'callStatus' | 'callAnswer',
  key: string,
  form: Record<string, string>,
): Promise<Reply> => fromTwilio(callbackUrl(publicUrl, path, key), form);

function mattermostPress(
  key: string,
  command: AnswerCommand | 'identify' = 'acknowledge',
  { secret = SECRET, user = 'someone' } = {},
): Promise<Reply> {
  const context = { key, command, token: buttonToken(secret, key, command) };
  const body = JSON.stringify({ user_id: user, post_id: `post of ${key}`, context });
  return send(`${api.url}${callbackPaths.mattermost}`, body);
}

describe('a button in Slack', () => {
  test('acknowledges as the person who verified that Slack user', async () => {
    const { number, ways } = await paged();
    expect((await slackPress(ways['slack']!, 'U0ANN')).status).toBe(200);
    expect(await told(number)).toEqual(['acknowledged by ann']);
    expect(await outcomes()).toEqual(['given']);
  });

  test('escalates', async () => {
    const { number, ways } = await paged();
    await slackPress(ways['slack']!, 'U0ANN', { command: 'escalate' });
    expect(await told(number)).toEqual(['escalated by ann']);
  });

  test('changes nothing when it is pressed again, or Slack tells of the press again', async () => {
    const { number, ways } = await paged();
    for (const at of ['1.1', '1.1', '1.2']) {
      await slackPress(ways['slack']!, 'U0ANN', { at: `${number}:${at}` });
    }
    expect(await told(number)).toEqual(['acknowledged by ann']);
    expect(await outcomes()).toEqual(['given', 'used']);
  });

  test('changes nothing in a message that was forwarded to somebody else, known or not', async () => {
    const { number, ways } = await paged();
    await slackPress(ways['slack']!, 'U0BOB');
    await slackPress(ways['slack']!, 'U0STRANGER');
    expect(await told(number)).toEqual([]);
    expect(await outcomes()).toEqual(['notTheirs', 'notTheirs']);
  });

  test('in a channel that many read is pressed by whoever is known, and by nobody else', async () => {
    const { number, ways } = await paged({ channels: ['ops'] });
    await slackPress(ways['slack']!, 'U0STRANGER');
    expect(await told(number)).toEqual([]);
    await slackPress(ways['slack']!, 'U0BOB');
    expect(await told(number)).toEqual(['acknowledged by bob']);
    expect(await outcomes()).toEqual(['unknownPerson', 'given']);
  });

  test('is not pressed by a user whom somebody claims without having verified it', async () => {
    const id = await addMethod('lea', 'slack', 'U0LEA', false);
    const { number, ways } = await paged({ channels: ['ops'] });
    await slackPress(ways['slack']!, 'U0LEA');
    expect(await told(number)).toEqual([]);
    await api.pool.query('delete from contact_methods where id = $1', [id]);
  });

  test('that Slack did not sign is refused, and not kept', async () => {
    const { number, ways } = await paged();
    expect((await slackPress(ways['slack']!, 'U0ANN', { secret: 'forged' })).status).toBe(401);
    expect(await told(number)).toEqual([]);
    expect(await outcomes()).toEqual([]);
  });

  test('of a page that is over changes nothing', async () => {
    const { number, ways } = await paged();
    const actor = { kind: 'person', id: 'lea', roles: ['manager'], organisation: 'main' } as const;
    await commit(api.engine, number, 'acknowledge', {}, { actor, now: clock });
    await slackPress(ways['slack']!, 'U0ANN');
    await commit(api.engine, number, 'escalate', { reason: 'x' }, { actor, now: clock });
    await slackPress(ways['slack']!, 'U0ANN');
    expect(await told(number)).toEqual(['acknowledged by lea', 'escalated by lea']);
    expect(await outcomes()).toEqual(['over', 'overtaken']);
  });
});

describe('whoever presses a button in Slack', () => {
  const press = async (key: string, user: string, path = '/actions/T1/1'): Promise<void> => {
    hooks.requests.length = 0;
    await slackPress(key, user, { responseUrl: `${hooks.url}${path}` });
  };
  /** What was said, once it was. */
  const said = async (): Promise<string> => {
    await until('a word', () => hooks.requests.length > 0);
    const { body } = hooks.requests[0]!;
    const { text, ...how } = JSON.parse(body) as { text: string };
    expect(how).toEqual({ response_type: 'ephemeral', replace_original: false });
    return text;
  };

  test('hears at once what came of it, and nobody else does', async () => {
    const { ways } = await paged();
    await press(ways['slack']!, 'U0BOB');
    expect(await said()).toContain('went to somebody else');
    await press(ways['slack']!, 'U0ANN');
    expect(await said()).toBe('Thank you: your acknowledgement is noted.');
    await press(ways['slack']!, 'U0ANN');
    expect(await said()).toBe('You gave this answer already.');
  });

  test('and is not known hears how to become known', async () => {
    const { ways } = await paged({ channels: ['ops'] });
    await press(ways['slack']!, 'U0STRANGER');
    expect(await said()).toContain('"provisor contact add slack U0STRANGER"');
  });

  test('hears nothing where the address is not one of Slack: nothing goes there', async () => {
    const { number, ways } = await paged();
    const elsewhere = await startProvider(() => ({ status: 200 }));
    await slackPress(ways['slack']!, 'U0ANN', { responseUrl: `${elsewhere.url}/actions` });
    await slackPress(ways['slack']!, 'U0ANN', {
      responseUrl: 'https://hooks.slack.com.example.org/',
    });
    expect(await told(number)).toEqual(['acknowledged by ann']);
    expect(elsewhere.requests).toEqual([]);
    await elsewhere.close();
  });

  test('is answered 200 and has their effect when the word does not get through', async () => {
    const { number, ways } = await paged();
    hooks.faults.push({ status: 500 });
    const url = `${hooks.url}/actions`;
    expect((await slackPress(ways['slack']!, 'U0ANN', { responseUrl: url })).status).toBe(200);
    expect(await told(number)).toEqual(['acknowledged by ann']);
  });
});

describe('an SMS', () => {
  test('with the code of its page acknowledges, and is answered', async () => {
    const { number, ways } = await paged();
    const { status, text } = await sms(numbers.ann, `1 ${replyCode(SECRET, ways['sms']!)}`);
    expect(status).toBe(200);
    expect(text).toContain('<Message>Thank you: your acknowledgement is noted.</Message>');
    expect(await told(number)).toEqual(['acknowledged by ann']);
  });

  test('from a forged number changes nothing: whoever forges it does not know the code', async () => {
    const { number, ways } = await paged();
    const other = await paged({ people: ['bob'] });
    for (const code of ['123456', replyCode(SECRET, other.ways['sms']!)]) {
      expect((await sms(numbers.ann, `1 ${code}`)).text).toContain('no page of the last day');
    }
    await sms('+491709999999', `1 ${replyCode(SECRET, ways['sms']!)}`);
    expect([await told(number), await told(other.number)]).toEqual([[], []]);
    expect(await outcomes()).toEqual(['wrongCode', 'wrongCode', 'unknownPerson']);
  });

  test('with wrong codes ten times an hour makes its number mute for an hour', async () => {
    const { number, ways } = await paged();
    const right = `1 ${replyCode(SECRET, ways['sms']!)}`;
    for (let count = 0; count < 10; count += 1) await sms(numbers.ann, '1 123456');
    const { text } = await sms(numbers.ann, right);
    expect(text).not.toContain('<Message>');
    expect(await told(number)).toEqual([]);
    clock += HOUR + MINUTE;
    await sms(numbers.ann, right);
    expect(await told(number)).toContain('acknowledged by ann');
  });

  test('that the provider tells of again is answered as it was, and changes nothing', async () => {
    const { number, ways } = await paged();
    const right = `1 ${replyCode(SECRET, ways['sms']!)}`;
    const first = await sms(numbers.ann, right, 'SM-twice');
    expect(await sms(numbers.ann, right, 'SM-twice')).toEqual(first);
    expect(await told(number)).toEqual(['acknowledged by ann']);
    expect((await sms(numbers.ann, right)).text).toContain('You gave this answer already');
  });

  test('STOP switches the number off where its person sees it, START on again, each once', async () => {
    const off = async (): Promise<string | null | undefined> => {
      const all = await methodsOf(api.pool, ['ann']);
      return all.find(({ id }) => id === 'cm_ann_sms')?.disabledWhy;
    };
    await sms(numbers.ann, 'Stop');
    expect(await off()).toBe('its owner sent STOP');
    const key = await api.key('ann', ['resolver']);
    const { body } = await api.call('GET', '/api/v1/people/ann/contact-methods', { key });
    expect(body['items']).toContainEqual(
      expect.objectContaining({ id: 'cm_ann_sms', disabledWhy: 'its owner sent STOP' }),
    );
    expect((await paged()).ways).not.toHaveProperty('sms');
    await sms(numbers.ann, 'START');
    expect(await off()).toBeNull();
    const log = (await api.call('GET', '/api/v1/audit?limit=2')).body['items'];
    expect((log as { kind: string }[]).map(({ kind }) => kind)).toEqual([
      'contactMethodEnabled',
      'contactMethodDisabled',
    ]);
  });

  test('STOP that the provider tells of again after START switches nothing off', async () => {
    await sms(numbers.ann, 'STOP', 'SM-stop-twice');
    await sms(numbers.ann, 'START');
    await sms(numbers.ann, 'STOP', 'SM-stop-twice');
    expect((await paged()).ways).toHaveProperty('sms');
  });

  test('that is reported as refused because of STOP switches its number off, until START', async () => {
    const { ways } = await paged();
    const form = { MessageSid: 'SM-stopped', MessageStatus: 'undelivered', ErrorCode: '21610' };
    await report('smsStatus', ways['sms']!, { ...form, To: numbers.ann });
    expect((await paged()).ways).not.toHaveProperty('sms');
    await sms(numbers.ann, 'START');
    expect((await paged()).ways).toHaveProperty('sms');
  });

  test('that nobody understands is answered with nothing', async () => {
    const { status, text } = await sms(numbers.ann, 'What is this?');
    expect([status, text]).toEqual([200, expect.stringContaining('<Response></Response>')]);
    expect(await outcomes()).toEqual([]);
  });

  test('that the provider did not sign is refused', async () => {
    const { number, ways } = await paged();
    const body = new URLSearchParams({
      ...{ MessageSid: 'SM-forged', From: numbers.ann },
      Body: `1 ${replyCode(SECRET, ways['sms']!)}`,
    }).toString();
    const headers = { 'x-twilio-signature': 'Zm9yZ2Vk' };
    const { status } = await send(`${api.url}${callbackPaths.smsReply}`, body, headers);
    expect(status).toBe(401);
    expect(await told(number)).toEqual([]);
  });
});

describe('a call', () => {
  test('takes a key, and says what came of it', async () => {
    const { number, ways } = await paged();
    const form = { CallSid: `CA-${number}`, Digits: '1' };
    const { text } = await report('callAnswer', ways['voice']!, form);
    expect(text).toContain('<Say language="en-GB">Thank you: your acknowledgement is noted.</Say>');
    expect(await told(number)).toEqual(['acknowledged by ann']);
    const unknown = await report('callAnswer', ways['voice']!, { ...form, Digits: '9' });
    expect(unknown.text).toContain('Nothing has changed');
  });

  test('cannot be answered for another page: the address is signed too', async () => {
    const [one, other] = [await paged(), await paged()];
    const address = callbackUrl(publicUrl, 'callAnswer', one.ways['voice']!);
    const back = twilio.callBack(address, { CallSid: 'CA1', Digits: '1' });
    const forged = callbackUrl(api.url, 'callAnswer', other.ways['voice']!);
    const { status } = await send(forged, back.parameters.toString(), {
      'x-twilio-signature': back.signature,
    });
    expect(status).toBe(401);
    expect(await told(other.number)).toEqual([]);
  });
});

describe('a report', () => {
  const ledger = async (number: string, key: string) =>
    (await deliveriesOf(api.pool, number)).find(({ effectKey }) => effectKey === key);

  test.each([
    ['callStatus', 'voice', { CallStatus: 'busy' }, 'the line was busy'],
    [
      ...(['callStatus', 'voice'] as const),
      { CallStatus: 'completed', AnsweredBy: 'machine_start' },
      'voicemail took the call',
    ],
    [
      ...(['smsStatus', 'sms'] as const),
      { MessageStatus: 'undelivered', ErrorCode: '30003' },
      'the SMS is undelivered: the telephone is off or out of reach',
    ],
  ] as const)(
    '%s of %s: no delivery is in the ledger with its reason, and the next method is used at once',
    async (path, way, form, reason) => {
      const { number, ways } = await paged();
      const key = ways[way]!;
      // As if this one were to be tried later.
      await api.pool.query(
        `update effects set state = 'pending', finished_at = null, not_before = $2 where key = $1`,
        [ways['email'], toIso(clock + HOUR)],
      );
      await allHaveLooked(api.pool);
      const sid = path === 'smsStatus' ? 'MessageSid' : 'CallSid';
      const { status } = await report(path, key, { ...form, [sid]: `sid of ${number}` });
      expect(status).toBe(204);
      expect(await ledger(number, key)).toMatchObject({ outcome: 'failed', report: reason });
      expect(await goesAtOnce(api.pool, ways['email']!)).toBe(true);
    },
  );

  test('that it arrived is in the ledger; what is on its way decides nothing', async () => {
    const { number, ways } = await paged();
    const form = (status: string) => ({ MessageSid: `SM-${number}`, MessageStatus: status });
    await report('smsStatus', ways['sms']!, form('sent'));
    expect(await outcomes()).toEqual([]);
    await report('smsStatus', ways['sms']!, form('delivered'));
    expect(await ledger(number, ways['sms']!)).toMatchObject({ outcome: 'delivered' });
  });

  test.each([
    ['smsStatus', 'sms', { MessageSid: 'SM-forged', MessageStatus: 'delivered' }],
    ['callStatus', 'voice', { CallSid: 'CA-forged', CallStatus: 'busy' }],
  ] as const)('%s that the provider did not sign is refused', async (path, way, form) => {
    const { number, ways } = await paged();
    const before = await ledger(number, ways[way]!);
    const headers = { 'x-twilio-signature': 'Zm9yZ2Vk' };
    const address = callbackUrl(api.url, path, ways[way]!);
    const { status } = await send(address, new URLSearchParams(form).toString(), headers);
    expect([status, await outcomes()]).toEqual([401, []]);
    expect(await ledger(number, ways[way]!)).toEqual(before);
  });
});

describe('a button in Mattermost', () => {
  test('acknowledges as the person whose hook it went to, once, and says so', async () => {
    const { number, ways } = await paged();
    const first = await mattermostPress(ways['mattermost']!);
    expect(JSON.parse(first.text)).toMatchObject({
      ephemeral_text: 'Thank you: your acknowledgement is noted.',
    });
    expect(await mattermostPress(ways['mattermost']!)).toEqual(first);
    expect(await told(number)).toEqual(['acknowledged by ann']);
  });

  test('that was not made here is refused', async () => {
    const { number, ways } = await paged();
    const forged = await mattermostPress(ways['mattermost']!, 'acknowledge', {
      secret: 'x'.repeat(40),
    });
    expect(forged.status).toBe(401);
    expect(await told(number)).toEqual([]);
  });
});

describe('a button in Mattermost in a channel that many read', () => {
  const sendingAt = async (at: Instant): Promise<string> =>
    noteSending(
      api.pool,
      { purpose: 'code', person: 'ann', kind: 'mattermost', address: 'https://chat.example.org' },
      at,
    );
  const identify = async (sending: string, user: string): Promise<string> =>
    (await mattermostPress(`contact/cm_ann_mattermost/${sending}`, 'identify', { user })).text;
  afterEach(() => api.pool.query('update contact_methods set provider_user = null'));

  test('changes nothing while it is not known who presses it, and says how to become known', async () => {
    const { number, ways } = await paged({ channels: ['noc'] });
    const { text } = await mattermostPress(ways['mattermost']!);
    expect(text).toContain('press \\"This is me\\" there');
    expect(await told(number)).toEqual([]);
  });

  test('acknowledges as the person who said "This is me" where their code was sent', async () => {
    const { number, ways } = await paged({ channels: ['noc'] });
    expect(await identify(await sendingAt(clock), 'u-ann')).toContain('Thank you');
    await mattermostPress(ways['mattermost']!, 'acknowledge', { user: 'u-bob' });
    expect(await told(number)).toEqual([]);
    const { text } = await mattermostPress(ways['mattermost']!, 'acknowledge', { user: 'u-ann' });
    expect(await told(number)).toEqual(['acknowledged by ann']);
    expect(text).toContain('Acknowledged by Ann');
    expect(JSON.stringify(JSON.parse(text))).not.toContain('actions');
  });

  test('of a person who said so once is pressed by nobody else in their own messages either', async () => {
    await identify(await sendingAt(clock), 'u-ann');
    const { number, ways } = await paged();
    await mattermostPress(ways['mattermost']!, 'acknowledge', { user: 'u-bob' });
    expect([await told(number), await outcomes()]).toEqual([[], ['notTheirs']]);
    await mattermostPress(ways['mattermost']!, 'acknowledge', { user: 'u-ann' });
    expect(await told(number)).toEqual(['acknowledged by ann']);
  });

  test('counts for nobody whose method is not verified, and a code that is too old introduces nobody', async () => {
    const { number, ways } = await paged({ channels: ['noc'] });
    expect(await identify(await sendingAt(clock - 11 * MINUTE), 'u-ann')).toContain('too old');
    expect(await identify('0', 'u-ann')).toContain('too old');
    await identify(await sendingAt(clock), 'u-ann');
    const verified = 'update contact_methods set verified_at = $1 where id = $2';
    await api.pool.query(verified, [null, 'cm_ann_mattermost']);
    await mattermostPress(ways['mattermost']!, 'acknowledge', { user: 'u-ann' });
    await api.pool.query(verified, [toIso(clock), 'cm_ann_mattermost']);
    expect(await told(number)).toEqual([]);
  });
});

describe('when PostgreSQL fails', () => {
  let server: Server;
  const down = () => Promise.reject(Object.assign(new Error('gone'), { code: 'ECONNREFUSED' }));
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  /** An API that comes to the database for single statements alone, for those that read alone, or not at all. */
  async function apiOn(reach: 'statements' | 'reading' | 'nothing'): Promise<string> {
    const statement = api.pool.query.bind(api.pool);
    const reading = (text: unknown, values: unknown[]) =>
      /\binsert\b/.test(JSON.stringify(text)) ? down() : statement(text as string, values);
    const query = { statements: statement, reading, nothing: down }[reach];
    const broken = Object.assign(Object.create(api.pool) as Engine['pool'], {
      connect: down,
      query,
    });
    const engine = { ...api.engine, pool: broken };
    const listening = await listen(quietDeps(engine, { providers, publicUrl }));
    ({ server } = listening);
    return listening.url;
  }

  test('after an answer was kept, it is acknowledged to the provider, and has its effect later, once', async () => {
    const { number, ways } = await paged();
    const url = await apiOn('statements');
    expect((await slackPress(ways['slack']!, 'U0ANN', { url })).status).toBe(200);
    expect([await told(number), await outcomes()]).toEqual([[], ['waits']]);
    expect(await Promise.all([applyKept(api.engine), applyKept(api.engine)])).toEqual([[], []]);
    expect([await told(number), await outcomes()]).toEqual([['acknowledged by ann'], ['given']]);
    await applyKept(api.engine);
    expect(await told(number)).toEqual(['acknowledged by ann']);
  });

  test('an answer that came too late when it is applied changes nothing', async () => {
    const { number, ways } = await paged();
    const url = await apiOn('statements');
    await slackPress(ways['slack']!, 'U0ANN', { url });
    const actor = { kind: 'person', id: 'lea', roles: ['manager'], organisation: 'main' } as const;
    await commit(api.engine, number, 'acknowledge', {}, { actor, now: clock });
    await applyKept(api.engine);
    expect([await told(number), await outcomes()]).toEqual([['acknowledged by lea'], ['over']]);
  });

  test.each(['nothing', 'reading'] as const)(
    'before an answer was kept, the provider is told to say it again: the database can be reached for %s',
    async (reach) => {
      const { number, ways } = await paged();
      const url = await apiOn(reach);
      expect((await slackPress(ways['slack']!, 'U0ANN', { url })).status).toBe(503);
      expect([await told(number), await outcomes()]).toEqual([[], []]);
    },
  );
});

test('a provider that is not set up has no address here', async () => {
  const bare = await startApi(() => clock);
  for (const path of [callbackPaths.slack, callbackPaths.smsReply]) {
    expect((await send(`${bare.url}${path}`, '')).status).toBe(404);
  }
  await bare.stop();
});
