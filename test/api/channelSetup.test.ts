import { pino } from 'pino';
import { createChannels } from '../../channels/index.ts';
import { readConfig } from '../../config.ts';
import { loadContacts } from '../../db/contacts.ts';
import { fromIso } from '../../domain/time.ts';
import { noteChannels } from '../../workers/channelSetup.ts';
import { provisor } from '../cli/support.ts';
import { verifiedMethod } from '../helpers/contactMethods.ts';
import { usePolicy } from '../helpers/database.ts';
import { SECRET, startApi } from './support.ts';
import type { TestApi } from './support.ts';

const now = fromIso('2026-11-23T12:00:00Z');
const noMail = 'no mail server is configured: set SMTP_URL';

let api: TestApi;
beforeAll(async () => {
  api = await startApi(() => now);
});
afterAll(() => api.stop());

/** A worker starts with this environment. */
function workerStarts(env: NodeJS.ProcessEnv): Promise<void> {
  const channels = createChannels(readConfig(env), SECRET);
  return noteChannels(api.pool, channels, pino({ level: 'silent' }));
}

/** Cem has a mail address alone, and Ann a webhook besides. */
beforeEach(async () => {
  await api.pool.query('truncate channels_not_set_up, schedules cascade');
  await usePolicy(api.pool, (policy) => ({
    ...policy,
    people: {
      ...policy.people,
      ann: { name: 'Ann', email: 'ann@example.org', webhook: 'https://example.org/ann' },
      cem: { name: 'Cem', email: 'cem@example.org' },
    },
    escalations: {
      standard: {
        priorities: [1],
        steps: [
          { to: [{ person: 'cem' }], wait: '5m' },
          { to: [{ person: 'ann' }], wait: '5m' },
        ],
      },
    },
  }));
});

async function reachable(person: string): Promise<unknown> {
  const { body } = await api.call('GET', `/api/v1/people/${person}`);
  return body['why'] ?? body['reachable'];
}

describe('a person whose only way is by a channel that the worker has no settings for', () => {
  beforeEach(() => workerStarts({}));

  test('is not reachable, and it says what to set', async () => {
    expect(await reachable('cem')).toBe(
      `has no contact method that can be used: policy-email is by a channel that is not set up (${noMail})`,
    );
    expect(await reachable('ann')).toBe(true);
  });

  test('is an empty step of an escalation, which the preview says', async () => {
    const { body } = await api.call('GET', '/api/v1/escalation-policies/standard/preview');
    const [first] = body['steps'] as object[];
    const dropped = [{ kind: 'person', key: 'cem', why: 'unreachable' }];
    expect(first).toMatchObject({
      people: [{ person: 'ann' }],
      skipped: [{ rule: 'steps.0', why: 'nobody', dropped }],
    });
  });

  test('as is a place of the policy', async () => {
    await usePolicy(api.pool, (policy) => ({
      ...policy,
      people: { ...policy.people, ann: { name: 'Ann', webhook: 'https://example.org/ann' } },
      channels: { ...policy.channels, room: { kind: 'email', address: 'room@example.org' } },
      escalations: {
        standard: {
          priorities: [1],
          steps: [{ to: [{ channel: 'room' }], wait: '5m' }],
          catchAll: { to: [{ person: 'ann' }], wait: '5m' },
        },
      },
    }));
    const { body } = await api.call('GET', '/api/v1/escalation-policies/standard/preview');
    const [first] = body['steps'] as object[];
    const dropped = [{ kind: 'channel', key: 'room', why: 'unreachable' }];
    expect(first).toMatchObject({
      people: [{ person: 'ann' }],
      skipped: [{ rule: 'steps.0', why: 'nobody', dropped }],
    });
    // Also where no person is asked for.
    expect((await loadContacts(api.pool, [])).notSetUp.get('email')).toBe(noMail);
  });

  test('is warned of before the shift begins', async () => {
    const rotation = { kind: 'daily', handOver: '12:00' };
    const layers = [{ name: 'all', rotation, start: '2026-11-01', people: ['cem'] }];
    const body = { id: 'desk', name: 'Desk', timeZone: 'UTC', layers };
    expect((await api.call('POST', '/api/v1/schedules', { body })).status).toBe(201);
    const warnings = await api.call('GET', '/api/v1/on-call/warnings');
    expect(warnings.body['items']).toMatchObject([
      { person: 'cem', why: expect.stringContaining(noMail) as string },
    ]);
  });

  test('sees it among their contact methods and in their rules', async () => {
    const env = { PROVISOR_URL: api.url, PROVISOR_KEY: await api.key('cem', ['resolver']) };
    const { out } = await provisor(['contact', 'list'], env);
    expect(out).toMatch(/^policy-email +email +.* nothing is sent: .*set SMTP_URL$/m);
    const rules = { interrupting: [{ method: 'policy-email' }] };
    const path = '/api/v1/people/cem/notification-rules';
    expect((await api.call('PUT', path, { body: rules })).body['warnings']).toEqual([
      { pointer: '/interrupting/0/method', detail: `is skipped: ${noMail}` },
    ]);
  });
});

test('nobody is unreachable by a setting while no worker has said what it has', async () => {
  await verifiedMethod(api.pool, 'bob', 'sms', '+491701234567');
  expect(await Promise.all(['ann', 'bob', 'cem'].map(reachable))).toEqual([true, true, true]);
});

test('a worker that starts with the settings makes everybody reachable again', async () => {
  await workerStarts({});
  await workerStarts({ SMTP_URL: 'smtp://127.0.0.1:25' });
  expect(await reachable('cem')).toBe(true);
});
