import { createSlackChannel } from '../../channels/slack.ts';
import { person } from '../../domain/simulation.ts';
import { commit, open } from '../../records/commit.ts';
import { processOf } from '../../records/engine.ts';
import { usePolicy } from '../helpers/database.ts';
import { startSlackServer } from '../helpers/slackServer.ts';
import type { SlackServer } from '../helpers/slackServer.ts';
import { startTestSystem, until } from '../helpers/system.ts';
import type { TestSystem } from '../helpers/system.ts';

const ann = person('ann', 'resolver');
const p1 = { title: 'Shop is down', impact: 1, urgency: 1 };

let slack: SlackServer;
let system: TestSystem;
beforeAll(async () => {
  slack = await startSlackServer('xoxb-canary', ['C0OPS']);
  const apiUrl = `${slack.url}/api`;
  const options = { token: 'xoxb-canary', apiUrl, interactive: true, allowed: ['127.0.0.0/8'] };
  system = await startTestSystem({ channels: { slack: createSlackChannel(options) } });
  const escalation = {
    steps: [{ to: [{ channel: 'ops' }], wait: '1h' }],
    catchAll: { to: [{ person: 'bob' }] },
  };
  await usePolicy(system.database.pool, (policy) => ({
    ...policy,
    channels: { ops: { kind: 'slack', address: 'C0OPS' } },
    escalations: { ...policy.escalations, standard: { priorities: [1], ...escalation } },
  }));
});
afterAll(async () => {
  await system.stop();
  await slack.close();
});

/** What stands in the conversation about a record, the oldest first. */
const shown = (number: string): string[] =>
  [...slack.messages.values()]
    .map((message) => JSON.stringify(message))
    .filter((message) => message.includes(`${number}:`));

/** An incident whose page stands in the conversation. */
async function paged(): Promise<string> {
  const { engine } = system;
  const incident = processOf(engine, 'incident');
  const opened = await open(engine, incident, p1, { actor: ann, now: Date.now() });
  if (!opened.ok) throw new Error(JSON.stringify(opened.error));
  const { number } = opened.value.record;
  await until('the page', () => shown(number).some((text) => text.includes('"acknowledge"')));
  return number;
}

async function give(number: string, command: string, input: object): Promise<void> {
  const request = { actor: ann, now: Date.now() };
  expect(await commit(system.engine, number, command, { ...input }, request)).toMatchObject({
    ok: true,
  });
}

test.each([
  ['acknowledge', {}, 'Acknowledged by Ann'],
  ['cancel', { reason: 'A false alarm' }, 'Cancelled by Ann'],
])(
  'a page to a channel of Slack loses its buttons after %s, though Slack is away at first',
  async (command, input, says) => {
    const number = await paged();
    slack.faults.push({ status: 503 });
    await give(number, command, input);
    await until('the change', () => shown(number)[0]!.includes(says));
    expect(shown(number)[0]).not.toContain('"acknowledge"');
  },
);

test('the channel hears who acknowledged, in the thread of the page', async () => {
  const number = await paged();
  await give(number, 'acknowledge', {});
  await until('the word', () => shown(number).length > 1);
  const [, word] = shown(number);
  expect(word).toContain('Somebody has taken this on');
  expect(JSON.parse(word!)).toMatchObject({
    thread_ts: expect.any(String) as string,
    reply_broadcast: false,
  });
});
