import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createFetchCalendar } from '../../channels/calendars/fetchCalendar.ts';
import type { FetchOptions, Validators } from '../../channels/calendars/fetchCalendar.ts';
import { DeliveryError } from '../../channels/channel.ts';
import type { Resolve } from '../../channels/outbound.ts';

const loopback = ['127.0.0.0/8'];
const never = new AbortController().signal;
const calendar = 'BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n';
const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A real web server on loopback; `asked` are the paths, in order. */
async function server(answer: (response: ServerResponse, request: IncomingMessage) => void) {
  const asked: IncomingMessage[] = [];
  const http = createServer((request, response) => {
    asked.push(request);
    answer(response, request);
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  closing.push(async () => {
    http.closeAllConnections();
    http.close();
    await once(http, 'close');
  });
  const host = `127.0.0.1:${(http.address() as AddressInfo).port}`;
  return { host, url: `http://${host}/private-token/basic.ics`, asked };
}

function fetchFrom(
  url: string,
  {
    known = {},
    signal = never,
    ...options
  }: Partial<FetchOptions> & { known?: Validators; signal?: AbortSignal } = {},
) {
  return createFetchCalendar({ allowed: loopback, timeLimitMs: 500, ...options })(
    url,
    known,
    signal,
  );
}

async function failure(fetched: Promise<unknown>): Promise<DeliveryError> {
  const error = await fetched.then(
    () => new Error('it was fetched'),
    (reason: unknown) => reason,
  );
  if (error instanceof DeliveryError) return error;
  throw error as Error;
}

test('a calendar comes with what its version is recognised by', async () => {
  const { url } = await server((response) => {
    response
      .setHeader('etag', '"v1"')
      .setHeader('last-modified', 'Mon, 05 Jan 2026 08:00:00 GMT')
      .end(calendar);
  });
  expect(await fetchFrom(url)).toEqual({
    kind: 'changed',
    file: Buffer.from(calendar),
    validators: { etag: '"v1"', lastModified: 'Mon, 05 Jan 2026 08:00:00 GMT' },
  });
});

test('a version that is already here is not sent again', async () => {
  const { url, asked } = await server((response, { headers }) => {
    response.writeHead(headers['if-none-match'] === '"v1"' ? 304 : 200).end();
  });
  expect(
    await fetchFrom(url, {
      known: { etag: '"v1"', lastModified: 'Mon, 05 Jan 2026 08:00:00 GMT' },
    }),
  ).toEqual({ kind: 'unchanged' });
  expect(asked[0]?.headers['if-modified-since']).toBe('Mon, 05 Jan 2026 08:00:00 GMT');
  expect(await fetchFrom(url)).toMatchObject({ kind: 'changed' });
});

test('redirects are followed, relative ones too, and the condition goes along', async () => {
  const { url, asked } = await server((response, request) => {
    if (request.url === '/moved.ics') response.end(calendar);
    else response.writeHead(307, { location: '/moved.ics' }).end();
  });
  expect(await fetchFrom(url, { known: { etag: '"v1"' } })).toMatchObject({ kind: 'changed' });
  expect(asked.map((request) => [request.url, request.headers['if-none-match']])).toEqual([
    ['/private-token/basic.ics', '"v1"'],
    ['/moved.ics', '"v1"'],
  ]);
});

test.each([
  [
    'the metadata service',
    'http://169.254.169.254/latest/meta-data/',
    '169.254.169.254 is not on the public internet',
  ],
  ['a private network', 'http://10.0.0.1/', '10.0.0.1 is not on the public internet'],
  ['a file', 'file:///etc/passwd', 'no http or https address'],
  ['nowhere', 'http://', 'redirects to nowhere'],
])(
  'a redirect to %s is not followed, be it the first or a later one',
  async (_name, location, reason) => {
    const { url } = await server((response, request) => {
      const next = request.url === '/moved.ics' ? '/moved-again.ics' : location;
      response.writeHead(302, { location: next }).end();
    });
    for (const start of [url, new URL('/moved.ics', url).href]) {
      expect(await failure(fetchFrom(start))).toMatchObject({
        retryable: false,
        message: expect.stringContaining(reason) as string,
      });
    }
  },
);

test('a redirect to a name that stands for a private address is not followed', async () => {
  const { url } = await server((response) =>
    response.writeHead(302, { location: 'http://calendar.example.org/' }).end(),
  );
  const resolve: Resolve = (_name, _options, callback) => {
    callback(null, [{ address: '10.0.0.1', family: 4 }]);
  };
  expect(await failure(fetchFrom(url, { resolve }))).toMatchObject({
    retryable: false,
    message: expect.stringContaining('calendar.example.org (10.0.0.1)') as string,
  });
});

test('a circle of redirects ends', async () => {
  const { url, asked } = await server((response, request) =>
    response.writeHead(302, { location: request.url }).end(),
  );
  expect((await failure(fetchFrom(url))).message).toContain('redirects more than 5 times');
  expect(asked).toHaveLength(6);
});

test('loopback is refused unless it is allowed by name, and before anything is sent', async () => {
  const { url, asked } = await server((response) => response.end(calendar));
  expect((await failure(fetchFrom(url, { allowed: [] }))).message).toContain(
    'PROVISOR_OUTBOUND_ALLOW',
  );
  expect(asked).toEqual([]);
});

test('a server that never answers is given up', async () => {
  const { url, host } = await server(() => undefined);
  expect(await failure(fetchFrom(url))).toMatchObject({
    retryable: true,
    message: `${host}: no calendar within 0.5 s`,
  });
});

test('a file that comes byte by byte is given up', async () => {
  const { url } = await server((response) => {
    const timer = setInterval(() => response.write(' '), 20);
    response.on('close', () => {
      clearInterval(timer);
    });
  });
  expect((await failure(fetchFrom(url))).message).toContain('no calendar within 0.5 s');
});

test('a file without end is cut off above 2 MiB', async () => {
  const { url } = await server((response) => {
    const more = () => {
      while (!response.destroyed && response.write(Buffer.alloc(64 * 1024)));
    };
    response.on('drain', more);
    more();
  });
  expect(await failure(fetchFrom(url, { timeLimitMs: 30_000 }))).toMatchObject({
    retryable: false,
    message: 'the file is larger than 2097152 bytes',
  });
});

test('a file that breaks off is not taken for a shorter one', async () => {
  const { url } = await server((response) => {
    response.writeHead(200, { 'content-length': 1_000 }).write(calendar, () => response.destroy());
  });
  expect(await failure(fetchFrom(url))).toMatchObject({ retryable: true });
});

test('a compressed file that nobody asked for is refused: it could be of any size', async () => {
  const { url, asked } = await server((response) =>
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(),
  );
  expect((await failure(fetchFrom(url))).message).toContain('encoding gzip');
  expect(asked[0]?.headers['accept-encoding']).toBe('identity');
});

test.each([
  [404, false],
  [401, false],
  [429, true],
  [503, true],
])(
  'a server that answers %d is told of; whether asking again makes sense: %s',
  async (status, retryable) => {
    const { url, host } = await server((response) =>
      response.writeHead(status, { 'retry-after': '7' }).end(),
    );
    expect(await failure(fetchFrom(url))).toMatchObject({
      retryable,
      retryAfterMs: 7_000,
      message: `${host} answered ${status}`,
    });
  },
);

test('no reason tells the path, which may be a password', async () => {
  const { url } = await server((response) => response.destroy());
  expect((await failure(fetchFrom(url))).message).not.toContain('private-token');
});

test('a fetch that is called off ends', async () => {
  const { url } = await server(() => undefined);
  const called = new AbortController();
  const fetched = failure(fetchFrom(url, { signal: called.signal, timeLimitMs: 30_000 }));
  called.abort();
  expect((await fetched).retryable).toBe(true);
});

test.each(['ftp://example.org/a.ics', 'a.ics', 'webcal://127.0.0.1:1/'])(
  '%s is no address to fetch from',
  async (address) => {
    expect(await failure(fetchFrom(address, { allowed: [] }))).toMatchObject({ retryable: false });
  },
);
