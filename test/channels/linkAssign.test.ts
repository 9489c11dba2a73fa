import { findRecord } from '../../db/records.ts';
import type { Instant } from '../../domain/time.ts';
import { usePolicy } from '../helpers/database.ts';
import { startAnswerPages } from './answerPages.ts';
import type { AnswerPages } from './answerPages.ts';
import { createBrowser } from './browser.ts';
import type { Browser } from './browser.ts';

let pages: AnswerPages;
let clock: Instant;
let phone: Browser;

beforeAll(async () => {
  pages = await startAnswerPages({ clock: () => clock });
});
afterAll(() => pages.stop());
beforeEach(() => {
  clock = Date.parse('2026-11-23T03:00:00Z');
  phone = createBrowser(pages.url);
});
afterEach(async () => {
  await usePolicy(pages.database.pool, (policy) => policy);
});

async function paged(): Promise<{ number: string; path: string }> {
  const { number, links } = await pages.paged();
  return { number, path: `/a/${links.answer}` };
}

async function ownerOf(number: string) {
  const { fields } = (await findRecord(pages.database.pool, number))!;
  return { team: fields['team'], assignee: fields['assignee'] };
}

const assign = (path: string, to: string) => phone.post(path, { answer: 'assign', to });

test('a page is given to somebody else from its link, without a script', async () => {
  const { number, path } = await paged();
  const { body } = await phone.get(path);
  expect(body).toContain('<option value="operations/bob">Bob</option>');
  const given = await assign(path, 'operations/bob');
  expect(given.status).toBe(200);
  expect(given.body).toContain(
    'it is assigned. The escalation goes on until somebody acknowledges it',
  );
  expect(await ownerOf(number)).toEqual({ team: 'operations', assignee: 'bob' });
});

test('a page is given to a team as a whole', async () => {
  const { number, path } = await paged();
  expect((await assign(path, 'operations')).status).toBe(200);
  expect(await ownerOf(number)).toEqual({ team: 'operations', assignee: null });
});

test('people who are not active are not to choose from, and cannot be posted', async () => {
  await usePolicy(pages.database.pool, (policy) => ({
    ...policy,
    people: { ...policy.people, bob: { name: 'Bob', active: false } },
  }));
  const { number, path } = await paged();
  const { body } = await phone.get(path);
  expect(body).toContain('value="operations"');
  expect(body).not.toContain('operations/bob');
  const given = await assign(path, 'operations/bob');
  expect(given.status).toBe(422);
  expect(given.body).toContain('to ');
  expect(await ownerOf(number)).toMatchObject({ assignee: null });
});

test.each(['', 'nowhere', 'operations/nobody', 'operations/', 'operations/bob/x', '__proto__'])(
  'an owner %j is refused, and nothing changes',
  async (to) => {
    const { number, path } = await paged();
    const before = await findRecord(pages.database.pool, number);
    const { status, body } = await assign(path, to);
    expect(status).toBe(422);
    expect(body).toContain('Nothing has changed');
    expect((await findRecord(pages.database.pool, number))?.seq).toBe(before?.seq);
  },
);

test('names of teams and people are text', async () => {
  await usePolicy(pages.database.pool, (policy) => ({
    ...policy,
    people: { ...policy.people, bob: { name: '<b>Bob"</b>' } },
  }));
  const { path } = await paged();
  const { body } = await phone.get(path);
  expect(body).toContain('&lt;b&gt;Bob&quot;&lt;/b&gt;');
  expect(body).not.toContain('<b>');
});
