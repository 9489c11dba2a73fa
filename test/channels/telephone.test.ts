import { createSmsChannel } from '../../channels/sms.ts';
import { segmentsOf } from '../../channels/smsText.ts';
import { createVoiceChannel } from '../../channels/voice.ts';
import { parseCallAnswer } from '../../api/inbound/callAnswer.ts';
import { parseCallReport } from '../../api/inbound/callReport.ts';
import { meaningOf, parseSmsReply } from '../../api/inbound/smsReply.ts';
import { parseSmsReport } from '../../api/inbound/smsReport.ts';
import { isFromTwilio } from '../../api/inbound/twilioSignature.ts';
import { replyCode } from '../../records/answers.ts';
import { closeAfterEach } from '../helpers/closing.ts';
import { failure } from '../helpers/failure.ts';
import { messageTo } from '../helpers/message.ts';
import { isWellFormed, startTwilioServer } from '../helpers/twilioServer.ts';

const secret = 'a secret of at least thirty-two characters';
const publicUrl = 'https://desk.example.org';
const account = { sid: 'AC0123', authToken: 'canary-twilio', from: '+15550001111' };
const ann = '+491701234567';
const code = replyCode(secret, 'INC-7/3/0');
const never = new AbortController().signal;
const closing = closeAfterEach();

async function twilio(change: { authToken?: string; from?: string } = {}) {
  const server = closing(await startTwilioServer(account));
  const options = {
    apiUrl: server.url,
    accountSid: account.sid,
    authToken: account.authToken,
    from: account.from,
    secret,
    publicUrl,
    allowed: ['127.0.0.0/8'],
    ...change,
  };
  return { server, sms: createSmsChannel(options), voice: createVoiceChannel(options) };
}

describe('SMS', () => {
  test('a page says what it is about, how to answer, its link and its key, and is pending until it is reported', async () => {
    const { server, sms } = await twilio();
    const accepted = await sms.send(messageTo(ann), never);
    const [[sid, form]] = [...server.messages] as [[string, URLSearchParams]];
    expect(accepted).toEqual({
      detail: `the provider has it as ${sid}, 1 SMS`,
      providerId: sid,
      pending: true,
    });
    expect(form.get('To')).toBe(ann);
    expect(form.get('Body')).toBe(
      [
        'INC-7 Page, priority 1: Web shop is down',
        `Reply 1 ${code} to acknowledge, 2 ${code} to escalate`,
        'https://desk.example.org/a/more',
        'INC-7/3/0',
      ].join('\n'),
    );
  });

  test.each([
    ['long', 'x'.repeat(2_000)],
    ['in another alphabet', 'база данных '.repeat(100)],
    ['of emoji', '😀'.repeat(500)],
    ['a million characters long', '😀x'.repeat(400_000)],
    ['of brackets, which take two places', '[]{}'.repeat(200)],
  ])(
    'a title that is %s is cut to three SMS, and what answers it stays whole',
    async (_what, title) => {
      const { server, sms } = await twilio();
      await sms.send(messageTo(ann, { content: { title } }), never);
      const body = [...server.messages.values()][0]!.get('Body')!;
      expect(segmentsOf(body)).toBeLessThanOrEqual(3);
      expect(body).toContain(`Reply 1 ${code} to acknowledge`);
      expect(body).toContain('https://desk.example.org/a/more');
      expect(body.endsWith('\nINC-7/3/0')).toBe(true);
      expect(body).not.toContain('\uFFFD');
    },
  );

  test('marks of typography do not double the price', async () => {
    const { server, sms } = await twilio();
    await sms.send(messageTo(ann, { content: { title: '“Shop” – it’s down…' } }), never);
    const body = [...server.messages.values()][0]!.get('Body')!;
    expect(body).toContain(`"Shop" - it's down...`);
    expect(segmentsOf(body)).toBe(segmentsOf(body.replaceAll(/[^\n]/g, 'x')));
  });

  test.each([
    [160, 'a', 1],
    [161, 'a', 2],
    [306, 'a', 2],
    [307, 'a', 3],
    [80, '€', 1],
    [81, '€', 2],
    [70, 'я', 1],
    [71, 'я', 2],
    [135, 'я', 3],
  ])('a text of %i times %j takes %i SMS', (times, character, segments) => {
    expect(segmentsOf(character.repeat(times))).toBe(segments);
  });

  test('who has sent STOP is not tried again: another way is, at once', async () => {
    const { server, sms } = await twilio();
    server.unsubscribed.add(ann);
    expect(await failure(sms.send(messageTo(ann), never))).toMatchObject({
      retryable: false,
      noDelivery: true,
      optedOut: true,
      message: `127.0.0.1:${server.port} refused it: the person has unsubscribed with STOP`,
    });
  });

  test('a refusal repeats neither the number nor the account', async () => {
    const { sms } = await twilio({ from: '+15559999999' });
    const { message } = await failure(sms.send(messageTo(ann), never));
    expect(message).toContain('error 21606');
    expect(message).not.toMatch(/\+1555|\+49|AC0123|canary/);
  });

  test('refused credentials fall back at once, and are tried again until the operator mends them', async () => {
    const { sms } = await twilio({ authToken: 'wrong' });
    const error = await failure(sms.send(messageTo(ann), never));
    expect(error).toMatchObject({ retryable: true, noDelivery: true });
    expect(error.message).toContain('see to TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN');
  });

  test.each(['0170 1234567', '+0123', 'ann', '', '+49170\r\nBcc: x'])(
    'the number %j is refused before anything is sent',
    async (number) => {
      const { server, sms } = await twilio();
      expect(await failure(sms.send(messageTo(number), never))).toMatchObject({ retryable: false });
      expect(server.requests).toEqual([]);
    },
  );

  test.each([
    [{ MessageStatus: 'sent' }, 'underway', 'the SMS is sent'],
    [{ MessageStatus: 'constructor' }, 'underway', 'the SMS is constructor'],
    [{ MessageStatus: 'delivered' }, 'delivered', 'the SMS is delivered'],
    [
      { MessageStatus: 'undelivered', ErrorCode: '30003' },
      'failed',
      'the SMS is undelivered: the telephone is off or out of reach',
    ],
    [{ MessageStatus: 'failed', ErrorCode: '99999' }, 'failed', 'the SMS is failed: error 99999'],
  ])('a report %j means %s', async (status, outcome, detail) => {
    const { server, sms } = await twilio();
    const { providerId } = await sms.send(messageTo(ann), never);
    const address = server.messages.get(providerId!)!.get('StatusCallback')!;
    expect(new URL(address).searchParams.get('key')).toBe('INC-7/3/0');
    const back = server.callBack(address, { MessageSid: providerId!, ...status });
    expect(isFromTwilio(account.authToken, address, back.parameters, back.signature)).toBe(true);
    expect(parseSmsReport(back.parameters)).toEqual({ providerId, outcome, detail });
  });
});

describe('calls', () => {
  test('a call reads the page out and takes a key', async () => {
    const { server, voice } = await twilio();
    const accepted = await voice.send(messageTo(ann), never);
    const [[sid, form]] = [...server.calls] as [[string, URLSearchParams]];
    expect(accepted).toMatchObject({ providerId: sid, pending: true });
    const twiml = form.get('Twiml')!;
    expect(twiml).toContain(
      'Page, priority 1. I N C 7. Web shop is down. To acknowledge, press 1. To escalate, press 2.',
    );
    expect(form.get('MachineDetection')).toBe('Enable');
    const [, action] = /action="([^"]*)"/.exec(twiml)!;
    expect(action).toBe('https://desk.example.org/callbacks/twilio/call-answer?key=INC-7%2F3%2F0');
  });

  test.each([
    '</Say><Dial>+19005551234</Dial><Say>',
    '"\'&<>',
    'a\u0000\u0008b',
    '\uD800\uFFFE',
    ']]>',
  ])('%j from a stranger is read out and is no instruction', async (title) => {
    const { server, voice } = await twilio();
    await voice.send(messageTo(ann, { content: { title } }), never);
    const twiml = [...server.calls.values()][0]!.get('Twiml')!;
    expect(twiml.match(/<[A-Z][a-z]+/g)).toEqual(['<Response', '<Gather', '<Say']);
  });

  test('a message that asks for no answer waits for no key', async () => {
    const { server, voice } = await twilio();
    await voice.send(messageTo(ann, { content: { answers: [] } }), never);
    expect([...server.calls.values()][0]!.get('Twiml')).not.toContain('Gather');
  });

  test.each([
    [{ CallStatus: 'ringing' }, 'underway', 'the call is ringing'],
    [{ CallStatus: 'completed', AnsweredBy: 'human' }, 'delivered', 'somebody took the call'],
    [{ CallStatus: 'completed', AnsweredBy: 'machine_start' }, 'failed', 'voicemail took the call'],
    [{ CallStatus: 'completed', AnsweredBy: 'fax' }, 'failed', 'voicemail took the call'],
    [{ CallStatus: 'busy' }, 'failed', 'the line was busy'],
    [{ CallStatus: 'no-answer' }, 'failed', 'nobody answered the telephone'],
    [{ CallStatus: 'failed' }, 'failed', 'the number could not be called'],
  ])('a report %j means %s', async (status, outcome, detail) => {
    const { server, voice } = await twilio();
    const { providerId } = await voice.send(messageTo(ann), never);
    const address = server.calls.get(providerId!)!.get('StatusCallback')!;
    const back = server.callBack(address, { CallSid: providerId!, ...status });
    expect(isFromTwilio(account.authToken, address, back.parameters, back.signature)).toBe(true);
    expect(parseCallReport(back.parameters)).toEqual({ providerId, outcome, detail });
  });

  test('a pressed key answers the message that the signed address names', () => {
    const answer = (Digits: string, key = 'INC-7/3/0') =>
      parseCallAnswer(
        new URLSearchParams({ key }),
        new URLSearchParams({ Digits, CallSid: 'CA1' }),
      );
    expect(answer('1')).toEqual({ command: 'acknowledge', key: 'INC-7/3/0', providerId: 'CA1' });
    expect(answer('2')).toMatchObject({ command: 'escalate' });
    for (const digits of ['', '0', '3', '11', '#']) expect(answer(digits)).toBeUndefined();
    expect(answer('1', 'INC-7')).toBeUndefined();
  });
});

describe('replies', () => {
  test.each([
    ['1 1042', 'acknowledge', '1042'],
    ['1 482716', 'acknowledge', '482716'],
    ['1482716', 'acknowledge', '482716'],
    [' Ack: 482716. ', 'acknowledge', '482716'],
    ['ACKNOWLEDGE 482716', 'acknowledge', '482716'],
    ['2-482716', 'escalate', '482716'],
    ['Esc 482716!', 'escalate', '482716'],
  ])('%j answers a message', (text, command, given) => {
    expect(meaningOf(text)).toEqual({ kind: 'answer', command, code: given });
  });

  test.each([
    '1',
    '482716',
    '3 482716',
    'ok',
    '',
    'constructor 482716',
    '1 482716 and 2',
    '１ ４８２７１６',
  ])('%j answers nothing: a code alone, or a word alone, is not enough', (text) => {
    expect(meaningOf(text)).toEqual({ kind: 'other' });
  });

  test.each([
    ['STOP', 'optOut'],
    [' stop. ', 'optOut'],
    ['Unsubscribe', 'optOut'],
    ['START', 'optIn'],
    ['help', 'help'],
    ['please stop the server', 'other'],
  ])('%j is read as %s', (text, kind) => {
    expect(meaningOf(text)).toEqual({ kind });
  });

  test('the provider’s own reading of STOP comes first', () => {
    const reply = (more: Record<string, string>) =>
      parseSmsReply(new URLSearchParams({ MessageSid: 'SM1', From: ann, Body: 'arrêt', ...more }));
    expect(reply({ OptOutType: 'STOP' })).toEqual({
      providerId: 'SM1',
      from: ann,
      meaning: { kind: 'optOut' },
    });
    expect(reply({})?.meaning).toEqual({ kind: 'other' });
    expect(parseSmsReply(new URLSearchParams({ Body: 'STOP' }))).toBeUndefined();
  });

  test('a code is one message’s own: another page, or another installation, has another', () => {
    expect(code).toMatch(/^[1-9]\d{5}$/);
    expect(replyCode(secret, 'INC-7/3/0')).toBe(code);
    expect(replyCode(secret, 'INC-7/3/1')).not.toBe(code);
    expect(replyCode(`${secret}2`, 'INC-7/3/0')).not.toBe(code);
  });
});

describe('the signature of a call-back', () => {
  // The worked example of Twilio's own libraries.
  const example = {
    token: '12345',
    address: 'https://mycompany.com/myapp.php?foo=1&bar=2',
    parameters: new URLSearchParams({
      CallSid: 'CA1234567890ABCDE',
      Digits: '1234',
      From: '+14158675309',
      To: '+18005551212',
      Caller: '+14158675309',
    }),
    signature: 'RSOYDt4T1cUTdK1PDd93/VVr8B8=',
  };

  test('is the provider’s, over address and form', () => {
    const { token, address, parameters, signature } = example;
    expect(isFromTwilio(token, address, parameters, signature)).toBe(true);
  });

  test('does not hold for another token, address, form or signature', () => {
    const { token, address, parameters, signature } = example;
    const more = new URLSearchParams([...parameters, ['Digits', '1']]);
    expect(isFromTwilio('12346', address, parameters, signature)).toBe(false);
    expect(isFromTwilio(token, `${address}3`, parameters, signature)).toBe(false);
    expect(isFromTwilio(token, address, more, signature)).toBe(false);
    expect(isFromTwilio(token, address, new URLSearchParams(), signature)).toBe(false);
    expect(isFromTwilio(token, address, parameters, signature.toLowerCase())).toBe(false);
    expect(isFromTwilio(token, address, parameters, undefined)).toBe(false);
    expect(isFromTwilio(token, address, parameters, '')).toBe(false);
  });

  test('holds whether or not the provider signed the address with its port', async () => {
    const { server } = await twilio();
    const at = (address: string) => server.callBack(address, { CallSid: 'CA1' });
    const bare = 'https://desk.example.org/x?key=INC-7%2F3%2F0';
    const ported = 'https://desk.example.org:443/x?key=INC-7%2F3%2F0';
    for (const { parameters, signature } of [at(bare), at(ported)]) {
      for (const address of [bare, ported])
        expect(isFromTwilio(account.authToken, address, parameters, signature)).toBe(true);
    }
  });
});

test('the check of TwiML fails for what is no XML', () => {
  for (const xml of ['<Say>a</Dial>', '<Say>&nbsp;</Say>', '<Say>a < b</Say>', '<Say>\u0000</Say>'])
    expect(isWellFormed(xml)).toBe(false);
});
