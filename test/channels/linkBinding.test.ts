import { readEvents } from '../../db/events.ts';
import { inTransaction } from '../../db/pool.ts';
import type { Pool } from '../../db/pool.ts';
import { findRecord, lockRecord } from '../../db/records.ts';
import type { Instant } from '../../domain/time.ts';
import { commit } from '../../records/commit.ts';
import { until } from '../helpers/system.ts';
import { lea, startAnswerPages } from './answerPages.ts';
import type { AnswerPages } from './answerPages.ts';
import { createBrowser } from './browser.ts';
import type { Browser } from './browser.ts';

let pages: AnswerPages;
let clock: Instant;
let phone: Browser;
let stranger: Browser;

beforeAll(async () => {
  pages = await startAnswerPages({ clock: () => clock });
});
afterAll(() => pages.stop());
beforeEach(() => {
  clock = Date.parse('2026-11-23T03:00:00Z');
  phone = createBrowser(pages.url);
  stranger = createBrowser(pages.url);
});

const acknowledge = { answer: 'acknowledge' };
const resolve = { answer: 'resolve', code: 'fixed', text: 'Restarted' };
const everyAnswer = [
  acknowledge,
  { answer: 'snooze', minutes: '15' },
  { answer: 'escalate' },
  { answer: 'take' },
  { answer: 'assign', to: 'operations/bob' },
  { answer: 'note', text: 'x' },
  resolve,
];

/** A page, and the path of the link that gives every answer to it. */
async function paged(): Promise<{ number: string; path: string; acknowledgePath: string }> {
  const { number, links } = await pages.paged();
  return { number, path: `/a/${links.answer}`, acknowledgePath: `/a/${links.acknowledge}` };
}

/** What happened to the record since it was paged. */
async function told(number: string): Promise<string[]> {
  const events = await readEvents(pages.database.pool, number);
  return events.slice(2).map(({ type, actor }) => `${type} by ${actor.id}`);
}

/** How many statements wait for a row that another transaction holds. */
async function waitingForLocks(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ waiting: number }>(
    `select count(*)::integer as waiting from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  );
  return rows[0]?.waiting ?? 0;
}

describe('a link that was used', () => {
  test.each(everyAnswer)(
    'is worth nothing to whoever it was forwarded to: $answer changes nothing',
    async (form) => {
      const { number, path } = await paged();
      await phone.post(path, { answer: 'note', text: 'Mine' });
      await stranger.get(path);
      const { status } = await stranger.post(path, form);
      expect(status).toBe(410);
      expect(await told(number)).toEqual(['commented by ann']);
    },
  );

  test('shows elsewhere what was done and how to go on, and offers nothing', async () => {
    const { path } = await paged();
    await phone.post(path, acknowledge);
    const { status, body } = await stranger.get(path);
    expect(status).toBe(410);
    expect(body).toContain('answers only in the browser where it was');
    expect(body).toContain('It was acknowledged by Ann');
    expect(body).toContain('acknowledged at <time datetime="2026-11-23T03:00:00.000Z">');
    expect(body).toContain('use another message about it, or answer with your own key');
    expect(body).not.toContain('<form');
  });

  test('goes on in the browser that used it', async () => {
    const { number, path } = await paged();
    await phone.get(path);
    await phone.post(path, acknowledge);
    expect((await phone.get(path)).status).toBe(200);
    expect((await phone.post(path, resolve)).status).toBe(200);
    expect(await told(number)).toEqual(['acknowledged by ann', 'resolved by ann']);
  });

  test('of two browsers that answer at once belongs to one', async () => {
    const { number, path } = await paged();
    const { pool } = pages.database;
    // Both are under way before either is done: they wait for the record, or for each other.
    const answering = await inTransaction(pool, async (tx) => {
      await lockRecord(tx, number);
      const both = [
        phone.post(path, { answer: 'note', text: 'mine' }),
        stranger.post(path, { answer: 'take' }),
      ];
      await until('both', async () => (await waitingForLocks(pool)) === both.length);
      return { both };
    });
    const both = await Promise.all(answering.both);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 410]);
    expect(await told(number)).toHaveLength(1);
  });

  test('leaves the links in the other messages of the same page alone', async () => {
    const { number, path } = await paged();
    await phone.post(path, acknowledge);
    const other = await pages.linksOf(number, `${number}/2/1`);
    expect((await stranger.post(`/a/${other.answer}`, resolve)).status).toBe(200);
    expect(await told(number)).toEqual(['acknowledged by ann', 'resolved by ann']);
  });
});

describe('a link that nobody has used', () => {
  test('belongs to nobody for having been opened: a mail scanner comes first, and ann answers', async () => {
    const { number, path } = await paged();
    await stranger.get(path);
    await stranger.get(path, 'HEAD');
    expect((await phone.post(path, acknowledge)).status).toBe(200);
    expect(await told(number)).toEqual(['acknowledged by ann']);
  });

  test('belongs to nobody for an answer that could not be taken', async () => {
    const { number, path } = await paged();
    expect((await stranger.post(path, { answer: 'note', text: ' ' })).status).toBe(422);
    expect((await phone.post(path, acknowledge)).status).toBe(200);
    expect(await told(number)).toEqual(['acknowledged by ann']);
  });
});

describe('an answer whose response was lost', () => {
  test('is sent again by the same browser, which then goes on', async () => {
    const { number, path } = await paged();
    await phone.get(path);
    await phone.post(path, acknowledge);
    const again = await phone.post(path, acknowledge);
    expect(again.status).toBe(200);
    expect(again.body).toContain('You gave this answer already');
    expect(again.body).toContain('value="resolve"');
    expect(await told(number)).toEqual(['acknowledged by ann']);
  });

  test('is told as given also where cookies are not kept', async () => {
    const { number, path } = await paged();
    const forgetful = createBrowser(pages.url, false);
    expect((await forgetful.post(path, acknowledge)).body).toContain('it is acknowledged');
    expect((await forgetful.post(path, acknowledge)).body).toContain('It was acknowledged by Ann');
    expect((await forgetful.post(path, resolve)).status).toBe(410);
    expect(await told(number)).toEqual(['acknowledged by ann']);
  });
});

describe('the link that acknowledges', () => {
  test('acts with one press of a button that is no browser, once', async () => {
    const { number, acknowledgePath } = await paged();
    const ntfy = createBrowser(pages.url, false);
    expect((await ntfy.post(acknowledgePath)).status).toBe(200);
    expect((await ntfy.post(acknowledgePath)).status).toBe(410);
    expect(await told(number)).toEqual(['acknowledged by ann']);
  });

  test.each(everyAnswer.slice(1))('does not $answer, whatever is posted to it', async (form) => {
    const { number, acknowledgePath } = await paged();
    const { status, body } = await phone.post(acknowledgePath, form);
    expect(status).toBe(403);
    expect(body).toContain('Nothing has changed');
    expect(await told(number)).toEqual([]);
    expect((await phone.post(acknowledgePath)).status).toBe(200);
  });

  test('offers that alone, and says where the others are', async () => {
    const { acknowledgePath } = await paged();
    for (const forms of [1, 0]) {
      const { status, body } = await phone.get(acknowledgePath);
      expect(status).toBe(200);
      expect(body.match(/<form/g) ?? []).toHaveLength(forms);
      expect(body).toContain('For other answers open “More answers” in the same message');
      await phone.post(acknowledgePath);
    }
  });

  test('points to no other link once nothing is left to answer', async () => {
    const { number, acknowledgePath } = await paged();
    await commit(pages.engine, number, 'acknowledge', {}, { actor: lea, now: clock });
    const { body } = await phone.get(acknowledgePath);
    expect(body).toContain('Nothing is left to do');
    expect(body).not.toContain('More answers');
  });

  test('does not use up the one with the other answers', async () => {
    const { number, path, acknowledgePath } = await paged();
    await phone.post(acknowledgePath);
    expect((await createBrowser(pages.url).post(path, resolve)).status).toBe(200);
    expect(await told(number)).toEqual(['acknowledged by ann', 'resolved by ann']);
  });
});

describe('the cookie', () => {
  const cookieOf = (headers: Headers): string => headers.getSetCookie().join('\n');

  test('is for one link, out of reach of scripts, and not sent along by forms of other sites', async () => {
    const { path } = await paged();
    const cookie = cookieOf((await phone.get(path)).headers);
    expect(cookie).toMatch(/^provisor-answer=[\w-]{43};/);
    expect(cookie).toContain(`Path=${path};`);
    expect(cookie).toContain('HttpOnly');
    expect(cookie).toContain('SameSite=Lax');
    expect(cookie).not.toContain('Secure');
  });

  test('stays the same for a browser that has it, and differs for each that has not', async () => {
    const { path } = await paged();
    const value = async (browser: Browser) =>
      cookieOf((await browser.get(path)).headers).split(';')[0];
    const first = await value(phone);
    expect(await value(phone)).toBe(first);
    expect(await value(stranger)).not.toBe(first);
  });

  test('goes over TLS alone and below the public path where that is how people reach it', async () => {
    const publicUrl = 'https://desk.example.org/provisor';
    const behindProxy = await startAnswerPages({ clock: () => clock, publicUrl });
    const { links } = await behindProxy.paged();
    const { headers } = await createBrowser(behindProxy.url).get(`/a/${links.answer}`);
    expect(cookieOf(headers)).toContain(`Path=/provisor/a/${links.answer};`);
    expect(cookieOf(headers)).toContain('Secure');
    await behindProxy.stop();
  });

  test('is handed out for links that were made here only', async () => {
    const { path } = await paged();
    for (const wrong of [`${path}x`, '/a/a;Domain=example.org', '/a/%0d%0a']) {
      const { status, headers } = await phone.get(wrong);
      expect([wrong, status, cookieOf(headers)]).toEqual([wrong, 404, '']);
    }
  });

  test('is kept here as its hash alone', async () => {
    const { number, path } = await paged();
    const cookie = cookieOf((await phone.get(path)).headers);
    await phone.post(path, acknowledge);
    const value = /=([\w-]{43});/.exec(cookie)?.[1] ?? '';
    const { rows } = await pages.database.pool.query<{ row: string; used_by: Buffer | null }>(
      'select l::text as row, used_by from action_links l where number = $1 order by used_by',
      [number],
    );
    expect(rows.map(({ used_by }) => used_by?.length)).toEqual([32, undefined]);
    expect(JSON.stringify(rows)).not.toContain(value);
    expect(await findRecord(pages.database.pool, number)).toMatchObject({ state: 'new' });
  });
});
