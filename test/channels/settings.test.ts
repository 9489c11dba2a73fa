import { createChannels } from '../../channels/index.ts';
import { readConfig } from '../../config.ts';
import { failure } from '../helpers/failure.ts';
import { messageTo } from '../helpers/message.ts';

const secret = 'a secret of at least thirty-two characters';
const never = new AbortController().signal;

test.each([
  ['email', {}, 'no mail server is configured: set SMTP_URL'],
  ['slack', {}, 'Slack is not configured: set SLACK_BOT_TOKEN'],
  ['sms', {}, 'SMS are not configured: set TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, TWILIO_FROM'],
  [
    'sms',
    { TWILIO_ACCOUNT_SID: 'AC1', TWILIO_AUTH_TOKEN: 'x' },
    'SMS are not configured: set TWILIO_FROM',
  ],
  [
    'voice',
    { TWILIO_FROM: '+15550001111' },
    'calls are not configured: set TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN',
  ],
] as const)('%s with %j says what to set, and falls back at once', async (name, env, message) => {
  const channel = createChannels(readConfig(env), secret)[name];
  const error = await failure(channel.send(messageTo('x'), never));
  expect(error).toMatchObject({ message, retryable: false, noDelivery: true });
});

test.each([
  ['SLACK_BOT_TOKEN', 'xoxb canary'],
  ['SLACK_SIGNING_SECRET', 'canary\nx'],
  ['SLACK_API_URL', 'file:///canary'],
  ['NTFY_URL', 'canary'],
  ['NTFY_TOKEN', 'canary\r\nx: y'],
  ['TWILIO_ACCOUNT_SID', '../canary'],
  ['TWILIO_AUTH_TOKEN', 'canary x'],
  ['TWILIO_FROM', 'canary'],
  ['TWILIO_API_URL', 'canary'],
  ['PROVISOR_SECRET_PREVIOUS', 'canary'],
])('%s that cannot be used is named, and not repeated', (name, value) => {
  const read = (): unknown => readConfig({ [name]: value });
  expect(read).toThrow(name);
  expect(read).not.toThrow('canary');
});

test('a slash at the end of a provider’s address does no harm', () => {
  const { NTFY_URL, SLACK_API_URL } = readConfig({
    NTFY_URL: 'https://ntfy.example.org/',
    SLACK_API_URL: 'https://slack-gov.com/api/',
  });
  expect([NTFY_URL, SLACK_API_URL]).toEqual([
    'https://ntfy.example.org',
    'https://slack-gov.com/api',
  ]);
});
