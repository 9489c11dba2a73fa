import { parseSlackInteraction } from '../../api/inbound/slackInteraction.ts';
import { isFromSlack } from '../../api/inbound/slackSignature.ts';
import { SECOND } from '../../domain/time.ts';

// The worked example of Slack's documentation.
const signingSecret = '8f742231b10e8888abcd99yyyzzz85a5';
const request = {
  timestamp: '1531420618',
  signature: 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
  body:
    'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V' +
    '&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=' +
    '&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN' +
    '&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c',
};
const then = 1_531_420_618 * SECOND;

test('what Slack signed is taken, up to five minutes later or earlier', () => {
  for (const off of [0, 299, -299]) {
    expect(isFromSlack(signingSecret, request, then + off * SECOND)).toBe(true);
  }
  for (const off of [301, -301]) {
    expect(isFromSlack(signingSecret, request, then + off * SECOND)).toBe(false);
  }
});

test('another secret, body, time or signature is not taken', () => {
  const changed = [
    { ...request, body: `${request.body}&x=1` },
    { ...request, timestamp: '1531420619' },
    { ...request, timestamp: '' },
    { ...request, timestamp: 'NaN' },
    { ...request, timestamp: undefined },
    { ...request, signature: undefined },
    { ...request, signature: '' },
    { ...request, signature: request.signature.slice(3) },
    { ...request, signature: request.signature.replace('v0', 'v1') },
  ];
  for (const each of changed) expect(isFromSlack(signingSecret, each, then)).toBe(false);
  expect(isFromSlack(`${signingSecret}5`, request, then)).toBe(false);
});

/** As Slack posts a press, without what is not read. */
function pressed(action: object, payload: object = {}): string {
  const body = {
    type: 'block_actions',
    user: { id: 'U1', username: 'ann', team_id: 'T1' },
    team: { id: 'T1', domain: 'example' },
    container: { type: 'message', message_ts: '1774746000.000001', channel_id: 'C1' },
    response_url: 'https://hooks.slack.com/actions/T1/1/x',
    actions: [
      { type: 'button', action_id: 'acknowledge', value: 'INC-7/3/0', action_ts: '1.2', ...action },
    ],
    ...payload,
  };
  return new URLSearchParams({ payload: JSON.stringify(body) }).toString();
}

test('a pressed button says who answers which message how, and is the same when it is told again', () => {
  expect(parseSlackInteraction(pressed({}))).toEqual({
    command: 'acknowledge',
    key: 'INC-7/3/0',
    user: 'U1',
    workspace: 'T1',
    providerId: 'C1:1774746000.000001',
    pressId: 'U1:1.2',
    responseUrl: 'https://hooks.slack.com/actions/T1/1/x',
  });
  expect(parseSlackInteraction(pressed({ action_id: 'escalate' }))?.command).toBe('escalate');
});

test.each([
  ['a button that is a link', pressed({ action_id: 'open', value: undefined })],
  ['a command that no button has', pressed({ action_id: 'close' })],
  ['a name of every object', pressed({ action_id: 'constructor' })],
  ['a value that is no key', pressed({ value: 'INC-7' })],
  ['no actions', pressed({}, { actions: [] })],
  ['another kind', pressed({}, { type: 'view_submission' })],
  ['no payload', 'x=1'],
  ['no JSON', 'payload=%7B'],
])('%s answers nothing', (_what, body) => {
  expect(parseSlackInteraction(body)).toBeUndefined();
});
