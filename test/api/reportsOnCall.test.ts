import { onCallReportView } from '../../api/contract/reports.ts';
import type { OnCallReportView } from '../../api/contract/reports.ts';
import { systemActor } from '../../domain/actor.ts';
import { MINUTE, toIso } from '../../domain/time.ts';
import { commit } from '../../records/commit.ts';
import { ADMIN, startApi } from './support.ts';
import type { TestApi } from './support.ts';

const monday = Date.parse('2026-03-02T21:30:00Z');
let now = monday;
let api: TestApi;
beforeAll(async () => {
  api = await startApi(() => now);
  const acknowledged = await paged(['ann', 'bob']);
  now = monday + 4 * MINUTE;
  const key = await api.key('bob', ['resolver']);
  await api.call('POST', `/api/v1/incidents/${acknowledged}/acknowledge`, { key, body: {} });
  now = monday;
  const monitoring = await api.key('prometheus', ['integration']);
  const resolvedByMonitoring = await paged(['ann'], monitoring);
  const body = { code: 'fixed', notes: 'no longer fires' };
  const path = `/api/v1/incidents/${resolvedByMonitoring}/resolve`;
  expect((await api.call('POST', path, { key: monitoring, body })).status).toBe(200);
});
afterAll(() => api.stop());

/** An incident for which a step of its escalation pages these people. @param key of whoever opens it @returns its number */
async function paged(people: readonly string[], key = ADMIN): Promise<string> {
  const body = { title: 'Shop down', impact: 1, urgency: 1 };
  const opened = await api.call('POST', '/api/v1/incidents', { key, body });
  const number = String(opened.body['number']);
  const rule = 'escalations.standard.steps.0';
  const step = { escalation: `${number}/1/0`, rule, round: 0, people };
  const request = { actor: systemActor('test', 'main'), now };
  expect((await commit(api.engine, number, 'page', step, request)).ok).toBe(true);
  return number;
}

const path = '/api/v1/reports/on-call';

async function report(query = 'from=2026-03-02&to=2026-03-09'): Promise<OnCallReportView> {
  const answer = await api.call('GET', `${path}?${query}`);
  expect([answer.status, answer.body['detail']]).toEqual([200, undefined]);
  return onCallReportView.strict().parse(answer.body);
}

test('a person has their pages, those that they answered, and those that others did or nobody', async () => {
  const { people, total } = await report();
  expect(people).toEqual([
    {
      person: 'ann',
      ...{ pages: 2, nightPages: 0, weekendPages: 0, pagesPerWeek: 2 },
      acknowledge: { count: 0, medianMs: null, p90Ms: null },
      ...{ answeredByOthers: 1, unanswered: 1 },
    },
    {
      person: 'bob',
      ...{ pages: 1, nightPages: 0, weekendPages: 0, pagesPerWeek: 1 },
      acknowledge: { count: 1, medianMs: 4 * MINUTE, p90Ms: 4 * MINUTE },
      ...{ answeredByOthers: 0, unanswered: 0 },
    },
  ]);
  expect(total).toMatchObject({ pages: 3, pagesPerWeek: 3, unanswered: 1 });
});

test('it is night where the report says', async () => {
  const { timeZone, total } = await report(
    'from=2026-03-02&to=2026-03-09&timeZone=Europe%2FBerlin',
  );
  expect([timeZone, total.nightPages]).toEqual(['Europe/Berlin', 3]);
});

test('pages before the period and after it are not in it', async () => {
  const at = toIso(monday);
  expect((await report(`from=2026-03-01&to=${at}`)).total.pages).toBe(0);
  expect((await report(`from=${at}&to=2026-03-09`)).total.pages).toBe(3);
  expect((await report(`from=${toIso(monday + 1)}&to=2026-03-09`)).total.pages).toBe(0);
});

test('the CSV says what it is and has a line a person', async () => {
  const query = 'from=2026-03-02&to=2026-03-09&format=csv';
  const answer = await fetch(`${api.url}${path}?${query}`, {
    headers: { authorization: `Bearer ${await api.key('ann', ['agent'])}` },
  });
  expect(answer.headers.get('content-type')).toBe('text/csv; header=present; charset=utf-8');
  expect(answer.headers.get('content-disposition')).toBe('attachment; filename="on-call.csv"');
  expect(await answer.text()).toMatch(/^person,pages,.*\r\nann,2,0,0,2,0,,,1,1\r\nbob,1,.*\r\n$/);
});

test('people who only ask, and integrations, get no report', async () => {
  for (const role of ['requester', 'integration'] as const) {
    const answer = await api.call('GET', path, { key: await api.key(`a-${role}`, [role]) });
    expect([role, answer.status]).toEqual([role, 403]);
  }
});

test.each([
  ['from=yesterday', 'from'],
  ['from=2026-03-02&to=2026-03-02', 'from'],
  ['from=2024-01-01&to=2026-03-02', 'from'],
  ['timeZone=Europe%2FAtlantis', 'timeZone'],
  ['timeZone=%2B02:00', 'timeZone'],
  ['timeZone=', 'timeZone'],
  ['format=xml', 'format'],
  ['by=team', 'by'],
])('%s is refused by name', async (query, parameter) => {
  const answer = await api.call('GET', `${path}?${query}`);
  expect([answer.status, answer.body['errors']]).toEqual([
    400,
    [expect.objectContaining({ parameter })],
  ]);
});
