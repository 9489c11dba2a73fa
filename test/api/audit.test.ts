import { createSigner } from '../../records/signer.ts';
import { takeCheckpoints } from '../../records/checkpoints.ts';
import { ADMIN, startApi } from './support.ts';
import type { TestApi } from './support.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.stop());

interface Entry {
  readonly seq: number;
  readonly kind: string;
  readonly actor: string;
  readonly data: Record<string, unknown>;
}

async function entries(query = ''): Promise<Entry[]> {
  const { status, body } = await api.call('GET', `/api/v1/audit${query}`);
  expect(status).toBe(200);
  return body['items'] as Entry[];
}

function redact(
  number: string,
  body: object,
  options: { key?: string; idempotency?: string } = {},
) {
  const { key = ADMIN, idempotency } = options;
  const headers = idempotency === undefined ? {} : { 'idempotency-key': idempotency };
  return api.call('POST', `/api/v1/incidents/${number}/redact`, { key, body, headers });
}

async function comment(number: string, text: string): Promise<number> {
  const answer = await api.call('POST', `/api/v1/incidents/${number}/comment`, { body: { text } });
  return Number(answer.body['seq']);
}

async function read(number: string): Promise<string> {
  const paths = ['', '/timeline', '/explain'].map((rest) => `/api/v1/incidents/${number}${rest}`);
  const answers = await Promise.all(
    [...paths, '/api/v1/incidents'].map((path) => api.call('GET', path)),
  );
  return JSON.stringify(answers.map(({ body }) => body));
}

describe('the audit log', () => {
  test('tells who made and revoked a key, the newest first, without its secret', async () => {
    const made = await api.call('POST', '/api/v1/keys', { body: { integration: 'zabbix' } });
    const { id, secret } = made.body as { id: string; secret: string };
    await api.call('DELETE', `/api/v1/keys/${id}`);
    const [revoked, created] = await entries();
    expect(revoked).toMatchObject({ kind: 'keyRevoked', actor: 'person:admin', data: { id } });
    expect(created).toMatchObject({
      kind: 'keyCreated',
      data: { id, holder: 'zabbix', roles: ['integration'], revoked: false },
    });
    expect(JSON.stringify(await entries())).not.toContain(secret);
  });

  test('a repeat of the same request is one entry', async () => {
    const headers = { 'idempotency-key': 'one-key' };
    const before = (await entries()).length;
    for (let again = 0; again < 3; again++) {
      await api.call('POST', '/api/v1/keys', { body: { integration: 'nagios' }, headers });
    }
    expect(await entries()).toHaveLength(before + 1);
  });

  test('is read page by page', async () => {
    const all = await entries();
    const seqs: number[] = [];
    let cursor = '';
    do {
      const path = `/api/v1/audit?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`;
      const { body } = await api.call('GET', path);
      seqs.push(...(body['items'] as Entry[]).map(({ seq }) => seq));
      cursor = (body['nextCursor'] as string | null) ?? '';
    } while (cursor !== '');
    expect(seqs).toEqual(all.map(({ seq }) => seq));
  });

  test.each(['/api/v1/audit', '/api/v1/audit/checkpoints'])(
    '%s is for admins, and refuses odd parameters by name',
    async (path) => {
      for (const role of ['requester', 'agent', 'resolver', 'manager', 'integration'] as const) {
        const key = await api.key('ann', [role]);
        expect((await api.call('GET', path, { key })).status).toBe(403);
      }
      for (const query of ['limit=0', 'cursor=%00', 'cursor=bm90', 'cursor=LTE', 'sort=at']) {
        const { status, body } = await api.call('GET', `${path}?${query}`);
        expect([query, status]).toEqual([query, 400]);
        expect(JSON.stringify(body['errors'])).toContain(query.split('=')[0]);
      }
    },
  );

  test('checkpoints are shown as they are kept', async () => {
    const signer = createSigner('a secret of the auditors, long enough');
    await api.open();
    const taken = await takeCheckpoints(api.pool, signer, Date.now);
    const { body } = await api.call('GET', '/api/v1/audit/checkpoints');
    expect(body).toEqual({ items: taken, nextCursor: null });
    expect(taken).toHaveLength(1);
  });
});

describe('redact', () => {
  test('the texts of one event are gone from every answer, and the reason stays', async () => {
    const number = await api.open();
    const seq = await comment(number, 'my password is canary-one');
    const { status, body } = await redact(number, { seq, reason: 'A password' });
    expect([status, body['seq']]).toEqual([200, seq + 1]);
    const all = await read(number);
    expect(all).not.toContain('canary-one');
    expect(all).toContain('[erased]');
    expect(all).toContain('Texts erased by admin: A password');
    expect((await entries())[0]).toMatchObject({ kind: 'textsErased', data: { number, texts: 1 } });
  });

  test('one field', async () => {
    const number = await api.open({ title: 'canary-two', description: 'stays' });
    const { body } = await redact(number, { field: 'title', reason: 'A name' });
    expect(body).toMatchObject({ title: '[erased]', description: 'stays' });
    expect(await read(number)).not.toContain('canary-two');
  });

  test('all of a record, with what receivers answered', async () => {
    const number = await api.open({ title: 'canary-three', description: 'canary-three' });
    await api.pool.query(
      `insert into deliveries (effect_key, number, organisation, person, channel, attempt, started_at, outcome, detail)
       values ($1 || '/1/0', $1, 'main', 'ann', 'email', 1, now(), 'failed', '550 no canary-three@example.org')`,
      [number],
    );
    await redact(number, { all: true, reason: 'Asked for' });
    expect(await read(number)).not.toContain('canary-three');
  });

  test('an erased file is not handed out, and its bytes are gone', async () => {
    const number = await api.open();
    const path = `/api/v1/incidents/${number}/attachments`;
    const url = `${api.url}${path}?name=a.txt`;
    const authorization = `Bearer ${ADMIN}`;
    const sent = await fetch(url, {
      method: 'POST',
      headers: { authorization, 'content-type': 'text/plain' },
      body: 'canary-file',
    });
    expect(sent.status).toBe(201);
    await redact(number, { seq: 2, reason: 'Not for us' });
    const { rows } = await api.pool.query('select content from attachments where number = $1', [
      number,
    ]);
    expect(rows).toEqual([{ content: null }]);
    const got = await fetch(`${api.url}${path}/2`, { headers: { authorization } });
    expect(await got.text()).not.toContain('canary-file');
    expect(got.ok).toBe(false);
  });

  test('the same key again gives the same answer, and erases nothing else', async () => {
    const number = await api.open();
    const seq = await comment(number, 'first');
    const first = await redact(number, { all: true, reason: 'Asked for' }, { idempotency: 'r1' });
    await comment(number, 'written later');
    const again = await redact(number, { all: true, reason: 'Asked for' }, { idempotency: 'r1' });
    expect([first.status, first.body['seq']]).toEqual([200, seq + 1]);
    expect(again.body).toMatchObject({ number, seq: seq + 1 });
    expect(await read(number)).toContain('written later');
  });

  test.each([
    ['nothing named', { reason: 'x' }, '/seq'],
    ['two named', { seq: 1, field: 'title', reason: 'x' }, '/seq'],
    ['no reason', { seq: 1 }, '/reason'],
    ['an empty reason', { seq: 1, reason: '' }, '/reason'],
    ['an event that is not there', { seq: 99, reason: 'x' }, '/seq'],
    ['an event without text', { seq: 2, reason: 'x' }, '/seq'],
    ['a field without text', { field: 'service', reason: 'x' }, '/field'],
    ['no field', { field: '__proto__', reason: 'x' }, '/field'],
    ['texts by their ids', { texts: ['0'.repeat(64)], reason: 'x' }, '/texts'],
    ['all: false', { all: false, reason: 'x' }, '/all'],
  ])('refused, and nothing changes: %s', async (_what, body, pointer) => {
    const number = await api.open();
    await api.call('POST', `/api/v1/incidents/${number}/acknowledge`);
    const answer = await redact(number, body);
    expect(answer.status).toBe(422);
    expect(answer.body['errors']).toEqual([expect.objectContaining({ pointer })]);
    const after = await api.call('GET', `/api/v1/incidents/${number}`);
    expect(after.body).toMatchObject({ seq: 2, title: 'Shop down' });
  });

  test('what is erased already cannot be erased again', async () => {
    const number = await api.open();
    await redact(number, { field: 'title', reason: 'A name' });
    const answer = await redact(number, { field: 'title', reason: 'A name' });
    expect(answer.status).toBe(422);
  });

  test.each(['requester', 'agent', 'resolver', 'integration'] as const)(
    'a key with the role %s may not',
    async (role) => {
      const key = await api.key('ann', [role]);
      const body = { title: 'Mine', impact: 1, urgency: 1 };
      const opened = await api.call('POST', '/api/v1/incidents', { key, body });
      const number = String(opened.body['number']);
      for (const what of [{ seq: 1 }, { field: 'nothing' }, { all: true }]) {
        const answer = await redact(number, { ...what, reason: 'x' }, { key });
        expect(answer.status).toBe(403);
      }
    },
  );

  test('who only asks is not told of it', async () => {
    const key = await api.key('bob', ['requester']);
    const body = { title: 'Mine', impact: 3, urgency: 3 };
    const opened = await api.call('POST', '/api/v1/incidents', { key, body });
    const number = String(opened.body['number']);
    await redact(number, { field: 'title', reason: 'canary-reason' });
    const timeline = await api.call('GET', `/api/v1/incidents/${number}/timeline`, { key });
    expect(JSON.stringify(timeline.body)).not.toMatch(/canary-reason|redacted/);
  });
});
