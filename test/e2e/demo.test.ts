import { startInstallation } from '../helpers/installation.ts';
import type { Installation } from '../helpers/installation.ts';
import { testPolicy } from '../helpers/policy.ts';
import { until } from '../helpers/system.ts';

let demo: Installation;
beforeAll(async () => {
  demo = await startInstallation(testPolicy, {}, ['--demo']);
}, 120_000);
afterAll(() => demo.stop(), 60_000);

async function press(what: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${demo.url}/demo/${what}`, { method: 'POST', redirect: 'manual', headers });
}

async function see(path: string): Promise<string> {
  const answer = await fetch(demo.url + path);
  expect([path, answer.status]).toEqual([path, 200]);
  return answer.text();
}

/** The mails about a record: the addresses of their pages. */
async function mailsAbout(number: string): Promise<string[]> {
  const home = await see('/demo');
  return [...home.matchAll(/href="(\/demo\/mails\/\d+)"[^>]*>\s*\[([A-Z]+-\d+)\]/g)]
    .filter(([, , about]) => about === number)
    .map(([, address = '']) => address);
}

async function latest(): Promise<string> {
  return /\/demo\/records\/(INC-\d+)/.exec(await see('/demo'))?.[1] ?? '';
}

const incident = async (number: string) =>
  (await demo.call<Record<string, unknown>>('GET', `/api/v1/incidents/${number}`)).body;

test('says aloud that it is a demo, on the terminal and on every page', async () => {
  expect(demo.output()).toContain('THIS IS A DEMO');
  expect(await see('/demo')).toContain('This is a demo.');
});

test('the incidents to look at were opened by the people of its policy', async () => {
  const home = await see('/demo');
  for (const title of ['Second floor cannot print', 'Search finds no umbrellas'])
    expect(home).toContain(title);
});

test('an alert becomes an incident and a page; the link in it acknowledges', async () => {
  const answer = await press('fire');
  expect(answer.status).toBe(303);
  const [, number = ''] = /\/demo\/records\/(INC-\d+)$/.exec(answer.headers.get('location') ?? '')!;
  expect(await incident(number)).toMatchObject({ priority: 1, service: 'checkout', state: 'new' });
  const [page = ''] = await until('the page', async () => {
    const mails = await mailsAbout(number);
    return mails.length > 0 && mails;
  });
  const link = /href="(http:[^"]*\/a\/[^"]+)"/.exec(await see(page))?.[1] ?? '';
  expect((await fetch(link, { method: 'POST' })).status).toBe(200);
  expect(await incident(number)).toMatchObject({ answeredBy: 'ada' });
  expect(await see(`/demo/records/${number}`)).toContain('Acknowledged');
  await press('end');
  expect(await incident(number)).toMatchObject({ state: 'resolved' });
});

test('the worker is killed in mid-send, and the page arrives all the same under the same key', async () => {
  const before = demo.pid('worker');
  await press('kill');
  await until('the kill', async () => (await see('/demo')).includes(`kill -9 ${before!}`));
  const number = await latest();
  const again = 'The lost mail was sent again';
  await until('the page', async () => (await see('/demo')).includes(again), 60_000);
  expect((await mailsAbout(number)).length).toBeGreaterThan(0);
  expect(demo.pid('worker')).not.toBe(before);
  expect(await see(`/demo/records/${number}`)).toContain('attempt 2');
}, 90_000);

test('the edit of the policy moves the deadline of an open incident, and the reason says so', async () => {
  const number = await latest();
  const due = async (): Promise<number> => {
    const { clocks } = (await incident(number)) as { clocks: { resolve: { dueAt: string } } };
    return Date.parse(clocks.resolve.dueAt);
  };
  const before = await due();
  await press('policy');
  await until('the new deadline', async () => (await due()) === before - 2 * 3_600_000, 30_000);
  expect(await see(`/demo/records/${number}`)).toMatch(/resolve due .*: 2 h on calendar always/);
});

test('a page of somebody else presses no button, and a name that points here sees nothing', async () => {
  expect((await press('fire', { 'sec-fetch-site': 'cross-site' })).status).toBe(404);
  expect((await press('fire', { origin: 'http://evil.example' })).status).toBe(404);
  const { request } = await import('node:http');
  const { hostname, port } = new URL(demo.url);
  const status = await new Promise((resolve) => {
    request({ hostname, port, path: '/demo', headers: { host: 'evil.example' } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    }).end();
  });
  expect(status).toBe(404);
});

test('what the demo did went through the same doors: its audit is valid', async () => {
  expect(await demo.verifyAudit()).toMatchObject({
    code: 0,
    said: expect.stringContaining('Valid') as string,
  });
});
