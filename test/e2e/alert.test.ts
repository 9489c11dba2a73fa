import { Webhook } from 'standardwebhooks';
import { webhookSecret } from '../../records/signing.ts';
import type { PolicyInput } from '../../domain/policy.ts';
import { startReceiver } from '../channels/receiver.ts';
import type { Receiver } from '../channels/receiver.ts';
import { findAlertmanager, startAlertmanager } from '../helpers/alertmanager.ts';
import type { Alertmanager } from '../helpers/alertmanager.ts';
import { adminKey, freePort, startInstallation } from '../helpers/installation.ts';
import type { Installation } from '../helpers/installation.ts';
import { startMailbox } from '../helpers/mailbox.ts';
import type { Mailbox } from '../helpers/mailbox.ts';
import { testPolicy } from '../helpers/policy.ts';
import { until } from '../helpers/system.ts';

interface Incident {
  number: string;
  state: string;
  priority: number;
}
interface Items<T> {
  items: T[];
}

const secret = 'the-secret-of-an-end-to-end-test-0001';
const program = findAlertmanager();
const withAlertmanager = program === undefined ? test.skip : test;

let mailbox: Mailbox;
let hook: Receiver;
let installation: Installation;
let alertmanager: Alertmanager | undefined;
/** The receiver answers each webhook as told here. */
let hang = false;

beforeAll(async () => {
  mailbox = await startMailbox();
  hook = await startReceiver((response) => {
    if (!hang) response.end();
  });
  const people = { ...testPolicy.people, ann: { ...testPolicy.people.ann, webhook: hook.url } };
  const policy: PolicyInput = { ...testPolicy, people };
  installation = await startInstallation(policy, {
    SMTP_URL: mailbox.url,
    PROVISOR_OUTBOUND_ALLOW: '127.0.0.0/8',
    PROVISOR_SECRET: secret,
  });
  if (program !== undefined) {
    const intake = `${installation.url}/api/v1/intake/alertmanager`;
    alertmanager = await startAlertmanager(program, await freePort(), intake, adminKey);
  }
}, 120_000);

afterAll(async () => {
  await alertmanager?.stop();
  await installation.stop();
  await hook.close();
  await mailbox.close();
}, 60_000);

async function incidents(): Promise<Incident[]> {
  return (await installation.call<Items<Incident>>('GET', '/api/v1/incidents')).body.items;
}

async function openIncident(title: string, headers?: Record<string, string>): Promise<string> {
  const { status, body } = await installation.call<Incident>(
    'POST',
    '/api/v1/incidents',
    { title, impact: 1, urgency: 1 },
    headers,
  );
  expect(status).toBe(201);
  return body.number;
}

const hooksOf = (number: string) =>
  hook.received.filter(({ body }) => body.includes(`"${number}"`));
const keysOf = (number: string): string[] =>
  hooksOf(number).map(({ headers }) => String(headers['webhook-id']));
const mailsOf = (number: string) =>
  mailbox.mails.filter(({ subject }) => subject?.includes(`[${number}]`) === true);

async function timeline(number: string): Promise<string> {
  return JSON.stringify(
    (await installation.call('GET', `/api/v1/incidents/${number}/timeline`)).body,
  );
}

withAlertmanager(
  'a real alert becomes an incident, a page, an answer by link, and ends when the alert does',
  async () => {
    const labels = {
      alertname: 'ShopDown',
      service: 'shop',
      severity: 'critical',
      instance: 'web-1',
    };
    await alertmanager?.alert(labels, { summary: 'The shop does not answer' });
    const [incident] = await until('the incident', async () => {
      const found = await incidents();
      return found.length > 0 && found;
    });
    const number = incident?.number ?? '';
    expect(incident).toMatchObject({
      state: 'new',
      priority: 1,
      title: 'The shop does not answer',
      ci: 'web-1',
    });

    await until('the page', () => hooksOf(number).length > 0 && mailsOf(number).length > 0);
    const page = hooksOf(number)[0];
    const verifier = new Webhook(webhookSecret(secret, hook.url));
    const event = verifier.verify(page?.body ?? '', page?.headers as Record<string, string>) as {
      type: string;
    };
    expect(event.type).toBe('provisor.incident.paged.v1');

    const link =
      /http:\/\/127\.0\.0\.1:\d+\/a\/[\w.-]+/.exec(mailsOf(number)[0]?.content ?? '')?.[0] ?? '';
    const shown = await fetch(link);
    expect([shown.status, await shown.text()]).toEqual([
      200,
      expect.stringContaining('The shop does not answer'),
    ]);
    expect(
      (await installation.call<Incident>('GET', `/api/v1/incidents/${number}`)).body,
    ).toMatchObject({ answeredAt: null });
    expect((await fetch(link, { method: 'POST' })).status).toBe(200);
    expect(
      (await installation.call<Incident>('GET', `/api/v1/incidents/${number}`)).body,
    ).toMatchObject({ answeredBy: 'ann' });

    await alertmanager?.alert(labels, {}, true);
    await until('the end', async () => (await incidents())[0]?.state === 'resolved');
    const story = await timeline(number);
    for (const type of ['opened', 'paged', 'acknowledged', 'resolved'])
      expect(story).toContain(`"${type}"`);
    const explained = JSON.stringify(
      (await installation.call('GET', `/api/v1/incidents/${number}/explain`)).body,
    );
    for (const rule of [
      'priority.matrix.0.0',
      'serviceLevels.standard.resolve.1',
      'escalations.standard.steps.0',
    ]) {
      expect(explained).toContain(rule);
    }
  },
  60_000,
);

test('kill -9 of the worker in mid-send: the page arrives all the same, under the same key', async () => {
  hang = true;
  const number = await openIncident('Worker killed in mid-send');
  await until('the first attempt', () => hooksOf(number).length === 1);
  hang = false;
  await installation.kill('worker');
  await until('the second attempt', () => hooksOf(number).length >= 2, 60_000);
  expect(new Set(keysOf(number)).size).toBe(1);
  expect(await timeline(number)).toContain('"paged"');
}, 90_000);

test('kill -9 of Temporal between open and page: the desk works on, and the page arrives', async () => {
  const before = installation.pid('temporal');
  process.kill(before ?? 0, 'SIGKILL');
  const number = await openIncident('Temporal killed');
  expect(
    (await installation.call('POST', `/api/v1/incidents/${number}/comment`, { text: 'Still here' }))
      .status,
  ).toBe(200);
  await until('the page', () => hooksOf(number).length >= 1, 60_000);
  expect(installation.pid('temporal')).not.toBe(before);
}, 90_000);

test('kill -9 of the API after the open: the page arrives, and the same key finds the same incident', async () => {
  const headers = { 'idempotency-key': 'killed-api' };
  const number = await openIncident('API killed', headers);
  await installation.kill('api');
  await until('the page', () => hooksOf(number).length >= 1, 30_000);
  await until(
    'the API',
    () =>
      fetch(`${installation.url}/livez`).then(
        ({ ok }) => ok,
        () => false,
      ),
    30_000,
  );
  expect(await openIncident('API killed', headers)).toBe(number);
}, 90_000);

test('kill -9 of PostgreSQL: 503 that says what to do, then the same key opens one incident, and it pages', async () => {
  process.kill(installation.pid('postgresql') ?? 0, 'SIGKILL');
  const headers = { 'idempotency-key': 'killed-database' };
  const body = { title: 'Database killed', impact: 1, urgency: 1 };
  const seen = new Set<number>();
  const number = await until(
    'an answer',
    async () => {
      const answer = await installation.call<Incident>('POST', '/api/v1/incidents', body, headers);
      seen.add(answer.status);
      return answer.status === 201 && answer.body.number;
    },
    60_000,
  );
  expect([...seen].every((status) => status === 201 || status === 503)).toBe(true);
  await until('the page', () => hooksOf(number).length >= 1, 60_000);
  expect((await incidents()).filter(({ number: other }) => other === number)).toHaveLength(1);
}, 120_000);

test('everything that was opened is still there, each with an unbroken story', async () => {
  for (const { number } of await incidents()) expect(await timeline(number)).toContain('"opened"');
  expect(installation.output()).not.toContain(adminKey);
  expect(installation.output()).not.toContain(secret);
});
