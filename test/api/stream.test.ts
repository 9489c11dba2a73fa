import { ADMIN, startApi } from './support.ts';
import type { TestApi } from './support.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.stop());

interface Told {
  readonly id: number;
  readonly type: string;
  readonly data: Record<string, unknown>;
}

/** Reads a stream as a browser does. */
async function listen(number: string, headers: Record<string, string> = {}, key = ADMIN) {
  const stop = new AbortController();
  const response = await fetch(`${api.url}/api/v1/incidents/${number}/events/stream`, {
    headers: { authorization: `Bearer ${key}`, ...headers },
    signal: stop.signal,
  });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  return {
    response,
    /** The next so many events. */
    async next(count: number): Promise<Told[]> {
      const told: Told[] = [];
      while (told.length < count) {
        const end = text.indexOf('\n\n');
        if (end === -1) {
          const { done, value = '' } = await reader.read();
          if (done) throw new Error('the stream ended');
          text += value;
          continue;
        }
        const fields = new Map(
          text
            .slice(0, end)
            .split('\n')
            .map((line) => [line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)]),
        );
        text = text.slice(end + 2);
        const json = fields.get('data');
        if (json === undefined) continue;
        const data = JSON.parse(json) as Told;
        told.push({ id: Number(fields.get('id')), type: data.type, data: { ...data } });
      }
      return told;
    },
    close() {
      stop.abort();
    },
  };
}

const command = (number: string, name: string, body: object = {}) =>
  api.call('POST', `/api/v1/incidents/${number}/${name}`, { body });

test('tells what happened, then what happens, as the timeline has it', async () => {
  const number = await api.open();
  const stream = await listen(number);
  expect(stream.response.headers.get('content-type')).toMatch(/^text\/event-stream/);
  expect(stream.response.headers.get('cache-control')).toBe('no-store');
  const [opened] = await stream.next(1);
  await command(number, 'acknowledge');
  await command(number, 'start');
  const [acknowledged, started] = await stream.next(2);
  stream.close();
  const timeline = await api.call('GET', `/api/v1/incidents/${number}/timeline`);
  expect([opened, acknowledged, started].map((told) => told?.data)).toEqual(timeline.body['items']);
  expect([opened, acknowledged, started].map((told) => told?.id)).toEqual([1, 2, 3]);
});

test('goes on after Last-Event-ID', async () => {
  const number = await api.open();
  await command(number, 'acknowledge');
  await command(number, 'start');
  const stream = await listen(number, { 'last-event-id': '2' });
  expect((await stream.next(1)).map(({ type }) => type)).toEqual(['started']);
  stream.close();
});

test('more events than fit one page come in order, none twice', async () => {
  const number = await api.open();
  for (let i = 0; i < 120; i++) await command(number, 'comment', { text: `Comment ${i}` });
  const stream = await listen(number);
  const ids = (await stream.next(121)).map(({ id }) => id);
  stream.close();
  expect(ids).toEqual(Array.from({ length: 121 }, (_, index) => index + 1));
});

test('a requester hears of their own record, and nothing internal', async () => {
  const key = await api.key('bob', ['requester']);
  const number = await api.open({ requester: 'bob' });
  await command(number, 'comment', { text: 'Between us', visibility: 'internal' });
  await command(number, 'comment', { text: 'For you' });
  const stream = await listen(number, {}, key);
  const told = await stream.next(2);
  stream.close();
  expect(told.map(({ type }) => type)).toEqual(['opened', 'commented']);
  expect(JSON.stringify(told)).toContain('For you');
  expect(JSON.stringify(told)).not.toContain('Between us');
});

test.each([
  ['of somebody else', 'carl', 404],
  ['without a key', null, 401],
])('a record %s is not streamed', async (_what, who, status) => {
  const number = await api.open();
  const key = who === null ? null : await api.key(who, ['requester']);
  const path = `/api/v1/incidents/${number}/events/stream`;
  expect((await api.call('GET', path, { key })).status).toBe(status);
});

test.each([
  ['an unknown number', 'INC-999999', {}, 404],
  ['a number of another process', 'CHG-1', {}, 404],
  ['no number', '%00', {}, 404],
  ['a Last-Event-ID that is none', undefined, { 'last-event-id': 'x' }, 400],
])('%s is refused', async (_what, number, headers, status) => {
  const path = `/api/v1/incidents/${number ?? (await api.open())}/events/stream`;
  expect((await api.call('GET', path, { headers })).status).toBe(status);
});

test('HEAD ends at once', async () => {
  const path = `/api/v1/incidents/${await api.open()}/events/stream`;
  expect((await api.call('HEAD', path)).status).toBe(200);
});
