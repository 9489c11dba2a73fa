import { listRecords } from '../../db/records.ts';
import { startApi } from './support.ts';
import type { TestApi } from './support.ts';

let api: TestApi;
let agent: string;
beforeAll(async () => {
  api = await startApi();
  agent = await api.key('ann', ['agent']);
});
afterAll(() => api.stop());

async function found(text: string, more = '', key = agent): Promise<string[]> {
  const query = `text=${encodeURIComponent(text)}${more}`;
  const answer = await api.call('GET', `/api/v1/incidents?${query}`, { key });
  expect([answer.status, answer.body['detail']]).toEqual([200, undefined]);
  return (answer.body['items'] as { number: string }[]).map(({ number }) => number);
}

test('any part of a title, a description or an external reference is found, in any case', async () => {
  const title = await api.open({ title: 'Die Übungsdatenbank antwortet nicht' });
  const description = await api.open({ description: 'seen on DB-01.example.com since noon' });
  const reference = await api.open({ externalReference: 'SUP-778812' });
  expect(await found('übungsDATEN')).toEqual([title]);
  expect(await found('datenbank antw')).toEqual([title]);
  expect(await found('b-01.EXAMPLE')).toEqual([description]);
  expect(await found('sup-7788')).toEqual([reference]);
  expect(await found('nowhere to be found')).toEqual([]);
});

test('other scripts are found too', async () => {
  const number = await api.open({ title: 'Почта не работает 邮件' });
  expect(await found('ПОЧТА')).toEqual([number]);
  expect(await found('邮件')).toEqual([number]);
});

test('a number is found, whole, with or without its prefix', async () => {
  const number = await api.open();
  await api.open();
  expect(await found(number.toLowerCase())).toEqual([number]);
  const digits = number.replace('INC-', '').padStart(2, '0');
  // A number of one digit is too short to ask for alone.
  if (digits === number.replace('INC-', '')) expect(await found(digits)).toContain(number);
});

test('signs of a pattern stand for themselves', async () => {
  const percent = await api.open({ title: 'disk at 100% again' });
  const underscore = await api.open({ title: 'table a_b is gone' });
  const backslash = await api.open({ title: 'share \\\\files\\x is gone' });
  await api.open({ title: 'disk at 100 again, table aXb' });
  expect(await found('100%')).toEqual([percent]);
  expect(await found('a_b')).toEqual([underscore]);
  expect(await found('\\files\\')).toEqual([backslash]);
  expect(await found('%%')).toEqual([]);
  expect(await found("'; drop table texts; --")).toEqual([]);
});

test('comments and notes are not searched: some are internal', async () => {
  const number = await api.open({ requester: 'rita' });
  await api.call('POST', `/api/v1/incidents/${number}/comment`, {
    body: { text: 'suspect fraud', visibility: 'internal' },
  });
  expect(await found('suspect fraud')).toEqual([]);
});

test('requesters find their own only', async () => {
  const rita = await api.key('rita', ['requester']);
  const own = await api.open({ title: 'Nadeldrucker', requester: 'rita' });
  const other = await api.open({ title: 'Nadeldrucker' });
  expect(await found('nadel', '', rita)).toEqual([own]);
  expect(await found(other, '', rita)).toEqual([]);
});

test('an erased title is found no more', async () => {
  const number = await api.open({ title: 'Krankmeldung im Postfach' });
  expect(await found('krankmeldung')).toEqual([number]);
  await api.pool.query('update texts set body = null, salt = null where number = $1', [number]);
  expect(await found('krankmeldung')).toEqual([]);
});

test('the text goes together with filters and pages', async () => {
  const numbers: string[] = [];
  for (let i = 0; i < 3; i++) numbers.unshift(await api.open({ title: `Seiten ${i}` }));
  await api.call('POST', `/api/v1/incidents/${numbers[0]!}/cancel`, { body: { reason: 'test' } });
  expect(await found('seiten', '&open=true')).toEqual(numbers.slice(1));
  const first = await api.call('GET', '/api/v1/incidents?text=seiten&limit=2', { key: agent });
  expect(await found('seiten', `&cursor=${String(first.body['nextCursor'])}`)).toEqual([
    numbers[2],
  ]);
});

test.each([
  ['', 'nothing'],
  ['%20a%20', 'one character'],
  ['x'.repeat(101), 'too much'],
  ['a%00b', 'a NUL'],
  ['a%ffb', 'broken characters'],
])('a text of %j (%s) is refused by name', async (text) => {
  const answer = await api.call('GET', `/api/v1/incidents?text=${text}`);
  expect([answer.status, answer.body['errors']]).toEqual([
    400,
    [expect.objectContaining({ parameter: 'text' })],
  ]);
});

describe('among many', () => {
  const many = 20_000;
  beforeAll(async () => {
    const like = await api.open();
    const id = (letter: string): string => `encode(sha256(('${letter}' || i)::bytea), 'hex')`;
    await api.pool.query(
      `insert into texts (id, number, organisation, salt, body)
         select ${id('t')}, 'INC-' || (100000 + i), 'main', '', 'Printer ' || md5(i::text) from generate_series(1, ${many}) i`,
    );
    // In parts, each well within the pool's time limit.
    for (let first = 1; first <= many; first += 2_000) {
      await api.pool.query(
        `insert into records (number, process, organisation, version, policy, seq, state, final, opened_at, last_at, state_since, due_at, fields, clocks, chain)
           select 'INC-' || (100000 + i), process, organisation, version, policy, seq, state, final, opened_at - i * interval '1 minute', last_at, state_since, null,
             fields || jsonb_build_object('title', ${id('t')}), clocks, chain
           from records, generate_series($2::integer, $2::integer + 1999) i where number = $1`,
        [like, first],
      );
    }
    await api.pool.query('analyze texts');
    await api.pool.query('analyze records');
  });

  const query = {
    process: 'incident',
    filters: {},
    sort: 'openedAt',
    descending: true,
    limit: 51,
  } as const;

  /** The plans of the statements that a search makes. */
  async function plans(part: string): Promise<string> {
    const made: string[] = [];
    const explaining = {
      async query(text: string, values: unknown[]) {
        const { rows } = await api.pool.query<{ 'QUERY PLAN': string }>(`explain ${text}`, values);
        made.push(...rows.map((row) => row['QUERY PLAN']));
        return api.pool.query(text, values);
      },
    };
    await listRecords(explaining as never, { ...query, text: { part, numbers: [] } });
    return made.join('\n');
  }

  test('a rare text is found by its index, without reading every text', async () => {
    const plan = await plans('c4ca4238a0b9');
    expect(plan).toContain('Bitmap Index Scan on texts_body');
    expect(plan).not.toMatch(/Seq Scan on (texts|records)/);
    expect(await found('c4ca4238a0b9')).toEqual(['INC-100001']);
  });

  test('a text that most have is found from the newest on, without sorting them all', async () => {
    const plan = await plans('printer');
    expect(plan).toMatch(/Index Scan Backward using records_opened/);
    expect((await found('printer')).slice(0, 2)).toEqual(['INC-100001', 'INC-100002']);
  });
});
