import { startApi } from './support.ts';
import type { TestApi } from './support.ts';

let api: TestApi;
beforeAll(async () => {
  let now = Date.parse('2026-03-02T08:00:00Z');
  // Several incidents share an instant: the number decides then.
  api = await startApi(() => (now += 400) - (now % 1_000));
});
afterAll(() => api.stop());

const incidents = '/api/v1/incidents';
interface Page {
  readonly items: readonly {
    number: string;
    priority: number;
    openedAt: string;
    updatedAt: string;
  }[];
  readonly nextCursor: string | null;
}

async function page(query: string): Promise<Page & { link: string | null }> {
  const answer = await api.call('GET', `${incidents}?${query}`);
  expect(answer.status).toBe(200);
  return { ...(answer.body as unknown as Page), link: answer.headers.get('link') };
}

test.each(['openedAt', '-openedAt', 'updatedAt', '-updatedAt', 'priority', '-priority'])(
  'pages by %s are complete and without repeats while others open incidents',
  async (sort) => {
    const there: string[] = [];
    for (let i = 0; i < 12; i++)
      there.push(await api.open({ impact: 1 + (i % 3), urgency: 1 + (i % 2) }));
    const seen: string[] = [];
    const values: (string | number)[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const next: Page = await page(
        `sort=${sort}&limit=5${cursor === '' ? '' : `&cursor=${cursor}`}`,
      );
      seen.push(...next.items.map(({ number }) => number));
      values.push(
        ...next.items.map((item) => item[sort.replace('-', '') as 'priority' | 'openedAt']),
      );
      cursor = next.nextCursor;
      if (seen.length < 40) await api.open();
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual(expect.arrayContaining(there));
    const ordered = [...values].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    expect(values).toEqual(sort.startsWith('-') ? ordered.reverse() : ordered);
  },
);

test('the Link header leads to the next page with the same filters', async () => {
  await api.open();
  await api.open();
  const first = await page('open=true&limit=1');
  const next = /^<([^>]+)>; rel="next"$/.exec(first.link!)![1]!;
  expect(next).toContain('open=true');
  const second = (await api.call('GET', next)).body as unknown as Page;
  expect(second.items[0]!.number).not.toBe(first.items[0]!.number);
});

test('a cursor of another sort is refused', async () => {
  const { nextCursor } = await page('limit=1');
  const answer = await api.call('GET', `${incidents}?limit=1&sort=priority&cursor=${nextCursor!}`);
  expect(answer.status).toBe(400);
});

test('filters narrow the list, alone and together', async () => {
  const one = await api.open({ service: 'wiki', impact: 3, urgency: 3 });
  await api.call('POST', `${incidents}/${one}/assign`, {
    body: { team: 'network', assignee: 'bob' },
  });
  const two = await api.open({ service: 'wiki' });
  await api.call('POST', `${incidents}/${two}/cancel`, { body: { reason: 'a test' } });
  const numbers = async (query: string) => (await page(query)).items.map(({ number }) => number);
  expect(await numbers('service=wiki')).toEqual([two, one]);
  expect(await numbers('service=wiki&open=true')).toEqual([one]);
  expect(await numbers('service=wiki&open=false')).toEqual([two]);
  expect(await numbers('state=assigned')).toEqual([one]);
  expect(await numbers('state=assigned,cancelled')).toEqual([two, one]);
  expect(await numbers('state=assigned&state=cancelled')).toEqual([two, one]);
  expect(await numbers('team=network')).toEqual([one]);
  expect(await numbers('assignee=bob&priority=4')).toEqual([one]);
  expect(await numbers('assignee=bob&priority=1')).toEqual([]);
  expect(await numbers('assignee=nobody')).toEqual([]);
});

test('an empty list is a page like any other', async () => {
  expect(await page('team=empty')).toEqual({ items: [], nextCursor: null, link: null });
});
