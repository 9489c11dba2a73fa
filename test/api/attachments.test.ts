import { createHash } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { startApi } from './support.ts';
import type { Answer, TestApi } from './support.ts';

let api: TestApi;
let agent: string;
let rita: string;
let otto: string;
beforeAll(async () => {
  api = await startApi();
  agent = await api.key('ann', ['agent']);
  rita = await api.key('rita', ['requester']);
  otto = await api.key('otto', ['requester']);
});
afterAll(() => api.stop());

const MIB = 1024 * 1024;
const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0, 255, 13, 10]);
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const path = (number: string, rest = ''): string =>
  `/api/v1/incidents/${number}/attachments${rest}`;

interface Options {
  readonly key?: string;
  readonly name?: string;
  readonly query?: string;
  readonly bytes?: Uint8Array<ArrayBuffer>;
  readonly headers?: Record<string, string>;
}

function add(number: string, options: Options = {}): Promise<Answer> {
  const { key = agent, name = 'screen.png', query = '', bytes = png, headers = {} } = options;
  return api.call('POST', `${path(number)}?name=${encodeURIComponent(name)}${query}`, {
    key,
    raw: bytes,
    headers: { 'content-type': 'image/png', ...headers },
  });
}

function get(number: string, id: unknown, key = agent): Promise<Response> {
  return fetch(`${api.url}${path(number, `/${String(id)}`)}`, {
    headers: { authorization: `Bearer ${key}` },
  });
}

async function seqOf(number: string): Promise<unknown> {
  return (await api.call('GET', `/api/v1/incidents/${number}`)).body['seq'];
}

test('what comes back is what was added, byte for byte', async () => {
  const number = await api.open();
  const added = await add(number);
  expect([added.status, added.body]).toEqual([
    201,
    {
      id: 2,
      name: 'screen.png',
      mediaType: 'image/png',
      size: png.length,
      sha256: sha256(png),
      visibility: 'public',
      addedBy: 'ann',
      addedAt: expect.any(String) as string,
      erasedAt: null,
    },
  ]);
  expect(added.headers.get('location')).toBe(path(number, '/2'));
  const answer = await get(number, 2);
  expect(answer.status).toBe(200);
  expect(new Uint8Array(await answer.arrayBuffer())).toEqual(png);
  const list = await api.call('GET', path(number), { key: agent });
  expect(list.body['items']).toEqual([added.body]);
});

test('a file is saved, never shown: no sniffing, no scripts, whatever type it says', async () => {
  const number = await api.open();
  const { body } = await add(number, { name: 'x.html', headers: { 'content-type': 'text/html' } });
  const { headers } = await get(number, body['id']);
  expect(headers.get('content-type')).toBe('text/html');
  expect(headers.get('content-disposition')).toMatch(/^attachment;/);
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('content-security-policy')).toMatch(/^sandbox;/);
});

test('a name cannot leave its header, and any script is kept', async () => {
  const number = await api.open();
  const { body } = await add(number, { name: 'Übersicht "1"; x=%41 图.png' });
  const { headers } = await get(number, body['id']);
  expect(headers.get('content-disposition')).toBe(
    `attachment; filename="_bersicht _1_; x=_41 _.png"; filename*=UTF-8''%C3%9Cbersicht%20%221%22%3B%20x%3D%2541%20%E5%9B%BE.png`,
  );
});

test.each([
  ['a folder', '../etc/passwd'],
  ['a Windows folder', 'c:\\x'],
  ['a line break', 'a\r\nSet-Cookie: x'],
  ['a direction mark', 'a\u202Egnp.exe'],
  ['nothing', ''],
  ['too much', 'x'.repeat(256)],
])('a name with %s is refused by name, and nothing changes', async (_what, name) => {
  const number = await api.open();
  const answer = await add(number, { name });
  expect(answer.status).toBe(400);
  expect(answer.body['errors']).toEqual([expect.objectContaining({ parameter: 'name' })]);
  expect(await seqOf(number)).toBe(1);
});

test('a body that is empty, packed, a form or without a type is refused', async () => {
  const number = await api.open();
  expect((await add(number, { bytes: new Uint8Array() })).status).toBe(400);
  for (const headers of [
    { 'content-encoding': 'gzip' },
    { 'content-type': 'multipart/form-data; boundary=x' },
    { 'content-type': 'nonsense' },
  ]) {
    const answer = await add(number, { headers });
    expect([headers, answer.status]).toEqual([headers, 415]);
  }
  expect(await seqOf(number)).toBe(1);
});

test('ten MiB are taken, a byte more is 413', async () => {
  const number = await api.open();
  expect((await add(number, { bytes: new Uint8Array(10 * MIB) })).status).toBe(201);
  expect((await add(number, { bytes: new Uint8Array(10 * MIB + 1) })).status).toBe(413);
  expect(await seqOf(number)).toBe(2);
});

test('a body of unsaid length is cut off at the limit', async () => {
  const number = await api.open();
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const headers = { authorization: `Bearer ${agent}`, 'content-type': 'image/png' };
    const sent = httpRequest(`${api.url}${path(number)}?name=a`, { method: 'POST', headers });
    sent.on('response', (answer) => {
      resolve(answer.resume().statusCode);
    });
    sent.on('error', reject);
    for (let i = 0; i < 11; i++) sent.write(Buffer.alloc(MIB));
    sent.end();
  });
  expect(status).toBe(413);
  expect(await seqOf(number)).toBe(1);
});

test('a record takes 50 files and 100 MiB together', async () => {
  const many = await api.open();
  const full = await api.open();
  const set = `update records set fields = fields || $2 where number = $1`;
  await api.pool.query(set, [many, { attachments: 49 }]);
  await api.pool.query(set, [full, { attachedBytes: 100 * MIB - png.length }]);
  for (const number of [many, full]) {
    expect((await add(number)).status).toBe(201);
    const refused = await add(number);
    expect([refused.status, refused.body['type']]).toEqual([409, 'urn:provisor:problem:refused']);
    expect(await seqOf(number)).toBe(2);
  }
});

test('the same key adds a file once; another file with it is refused', async () => {
  const number = await api.open();
  const headers = { 'idempotency-key': 'one-upload' };
  const first = await add(number, { headers });
  const again = await add(number, { headers });
  expect([again.status, again.body]).toEqual([201, first.body]);
  const other = await add(number, { headers, bytes: new Uint8Array([1]) });
  expect([other.status, other.body['type']]).toEqual([422, 'urn:provisor:problem:keyReused']);
  expect(await seqOf(number)).toBe(2);
});

test('an upload on an older version of the record is refused', async () => {
  const number = await api.open();
  expect((await add(number, { headers: { 'if-match': '"1"' } })).status).toBe(201);
  expect((await add(number, { headers: { 'if-match': '"1"' } })).status).toBe(412);
});

test('requesters see and add public files of their own records only', async () => {
  const number = await api.open({ requester: 'rita' });
  const shown = await add(number);
  const hidden = await add(number, { query: '&visibility=internal' });
  const list = await api.call('GET', path(number), { key: rita });
  expect(list.body['items']).toEqual([shown.body]);
  expect((await get(number, shown.body['id'], rita)).status).toBe(200);
  expect((await get(number, hidden.body['id'], rita)).status).toBe(404);
  const timeline = await api.call('GET', `/api/v1/incidents/${number}/timeline`, { key: rita });
  expect(JSON.stringify(timeline.body)).not.toContain('Internal file');
  expect((await add(number, { key: rita })).status).toBe(201);
  const internal = await add(number, { key: rita, query: '&visibility=internal' });
  expect(internal.status).toBe(422);

  expect((await api.call('GET', path(number), { key: otto })).status).toBe(404);
  expect((await get(number, shown.body['id'], otto)).status).toBe(404);
  expect((await add(number, { key: otto })).status).toBe(404);
});

test('a file of one record is not there under another', async () => {
  const one = await api.open();
  const other = await api.open();
  const { body } = await add(one);
  expect((await get(other, body['id'])).status).toBe(404);
  for (const id of ['0', '-1', '1', '99999999999', 'x', '2%20']) {
    expect([id, (await get(one, id)).status]).toEqual([id, 404]);
  }
});

test('a monitoring system adds no files', async () => {
  const key = await api.key('prometheus', ['integration']);
  const opened = await api.call('POST', '/api/v1/incidents', {
    key,
    body: { title: 'Alert', impact: 1, urgency: 1 },
  });
  expect((await add(String(opened.body['number']), { key })).status).toBe(403);
});

test('nobody can claim a file without its bytes', async () => {
  const number = await api.open();
  const body = { name: 'a', sha256: sha256(png), mediaType: 'image/png', size: 8 };
  expect((await api.call('POST', `/api/v1/incidents/${number}/attach`, { body })).status).toBe(404);
  const { items } = (await api.call('GET', `/api/v1/incidents/${number}/commands`)).body as {
    items: { name: string }[];
  };
  expect(items.map(({ name }) => name)).not.toContain('attach');
});

test('the event covers the bytes by their digest and holds neither name nor digest in clear', async () => {
  const number = await api.open();
  await add(number, { name: 'secret-plan.png' });
  const { rows } = await api.pool.query<{ data: Record<string, string> }>(
    `select data from events where number = $1 and type = 'attached'`,
    [number],
  );
  const data = rows[0]!.data;
  expect(JSON.stringify(data)).not.toMatch(new RegExp(`secret-plan|${sha256(png)}`));
  const texts = await api.pool.query<{ body: string }>('select body from texts where id = $1', [
    data['sha256'],
  ]);
  expect(texts.rows).toEqual([{ body: sha256(png) }]);
  const timeline = await api.call('GET', `/api/v1/incidents/${number}/timeline`);
  expect(JSON.stringify(timeline.body)).toContain('File added by Ann: secret-plan.png');
});

test('bytes that were changed in the database are not handed out', async () => {
  const number = await api.open();
  const { body } = await add(number);
  await api.pool.query('update attachments set content = $2 where number = $1', [
    number,
    Buffer.from('other'),
  ]);
  expect((await get(number, body['id'])).status).toBe(500);
});

test('an erased file is listed without its name and handed out no more', async () => {
  const number = await api.open();
  const { body } = await add(number);
  await api.pool.query(
    `update attachments set content = null, erased_at = now() where number = $1`,
    [number],
  );
  expect((await get(number, body['id'])).status).toBe(404);
  const other = await api.open();
  const added = await add(other);
  // Erasing the texts of its event is enough.
  await api.pool.query('update texts set body = null, salt = null where number = $1', [other]);
  expect((await get(other, added.body['id'])).status).toBe(404);
  const list = await api.call('GET', path(other));
  expect(list.body['items']).toEqual([expect.objectContaining({ name: '[erased]' })]);
});
