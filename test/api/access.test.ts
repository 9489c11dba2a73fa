import type { Role } from '../../domain/actor.ts';
import { roles } from '../../domain/actor.ts';
import { incidentView } from '../../api/contract.ts';
import { erase } from '../../domain/defineProcess.ts';
import { incident } from '../../processes/incident.ts';
import { endKey } from '../../records/keys.ts';
import { webhookSecret } from '../../records/signing.ts';
import { ADMIN, SECRET, startApi } from './support.ts';
import type { TestApi } from './support.ts';

let api: TestApi;
const keys = new Map<Role, string>();
beforeAll(async () => {
  api = await startApi();
  for (const role of roles) {
    if (role !== 'system')
      keys.set(role, await api.key(role === 'requester' ? 'rita' : role, [role]));
  }
});
afterAll(() => api.stop());

const incidents = '/api/v1/incidents';

describe('without a valid key', () => {
  test.each([
    ['none', {}],
    ['an unknown one', { authorization: `Bearer prv_${'x'.repeat(43)}` }],
    ['another scheme', { authorization: 'Basic YWRtaW46YWRtaW4=' }],
    ['an empty one', { authorization: 'Bearer ' }],
    ['two of them', { authorization: `Bearer ${ADMIN} ${ADMIN}` }],
    ['a piece of SQL', { authorization: "Bearer ' or 1=1 -- xxxxxxxxxxxxx" }],
  ])('%s: every resource is 401 and says how', async (_what, headers) => {
    for (const [method, path] of [
      ['GET', incidents],
      ['POST', incidents],
      ['GET', `${incidents}/INC-1/timeline`],
      ['POST', `${incidents}/INC-1/acknowledge`],
      ['POST', '/api/v1/intake/alertmanager'],
      ['GET', '/api/v1/intake/kept'],
      ['GET', '/api/v1/keys'],
      ['GET', '/api/v1/policy'],
      ['GET', '/api/v1/nothing'],
    ] as const) {
      const answer = await api.call(method, path, { key: null, headers });
      expect([method, path, answer.status]).toEqual([method, path, 401]);
      expect(answer.headers.get('www-authenticate')).toContain('Bearer realm="provisor"');
      expect(answer.body['type']).toBe('urn:provisor:problem:unauthenticated');
    }
  });

  test('health, metrics and the description are open', async () => {
    for (const path of ['/livez', '/readyz', '/metrics', '/openapi.json', '/docs/']) {
      expect([path, (await api.call('GET', path, { key: null })).status]).toEqual([path, 200]);
    }
  });
});

describe('commands by role', () => {
  const inputs: Record<string, object> = {
    assign: { team: 'operations' },
    hold: { reason: 'customer' },
    resolve: { code: 'fix', notes: 'fixed' },
    reopen: { reason: 'again' },
    cancel: { reason: 'nothing' },
    comment: { text: 'hello' },
    snooze: { minutes: 30 },
    prioritise: { impact: 2, urgency: 2, reason: 'less' },
    raise: { severity: 'info', reason: 'x' },
    noteAlerts: { firing: 1, resolved: 0, summary: 'one' },
    escalate: { reason: 'it spreads' },
    amend: { category: 'search' },
    logWork: { minutes: 5 },
    link: { relation: 'problem', number: 'PRB-1' },
    unlink: { relation: 'problem' },
    proposeMajor: { reason: 'the press calls' },
    acceptMajor: { commander: 'ann' },
    demoteMajor: { reason: 'it was a test' },
    inform: { text: 'we roll back' },
    review: { notes: 'a pair of eyes more' },
    correct: {
      clock: 'resolve',
      fromAt: '2026-01-01T00:00:00Z',
      toAt: '2026-01-02T00:00:00Z',
      reason: 'x',
    },
    redact: { all: true, reason: 'it was asked for' },
  };
  const pairs = roles
    .filter((role) => role !== 'system')
    .flatMap((role) =>
      Object.entries(erase(incident).commands)
        .filter(([, { resource }]) => resource === undefined)
        .map(([command]) => ({ role, command })),
    );

  test.each(pairs)('$role: $command', async ({ role, command }) => {
    const by: readonly Role[] = incident.commands[command as keyof typeof incident.commands].by;
    const outside = by.some((allowed) => allowed !== 'system');
    const allowed = by.includes(role) || (role === 'admin' && outside);
    // An integration sees what it asked for itself, as a requester does.
    const requester = role === 'integration' ? 'integration' : 'rita';
    const number = await api.open({ requester });
    const answer = await api.call('POST', `${incidents}/${number}/${command}`, {
      key: keys.get(role)!,
      body: inputs[command] ?? {},
    });
    // A state or a detail that does not fit comes after the role: 409 and 422 say that the role was enough.
    const expected = !outside ? [404] : allowed ? [200, 409, 422] : [403];
    expect(expected).toContain(answer.status);
  });

  test('opening is for everybody', async () => {
    for (const [role, key] of keys) {
      const body = { title: 'x', impact: 3, urgency: 3 };
      const { status } = await api.call('POST', incidents, { key, body });
      expect([role, status]).toEqual([role, 201]);
    }
  });
});

describe('people who only ask', () => {
  test('see and change their own incidents and no others', async () => {
    const key = keys.get('requester')!;
    const own = await api.open({ requester: 'rita' });
    const other = await api.open({ requester: 'carl' });
    const list = await api.call('GET', `${incidents}?limit=200`, { key });
    const items = list.body['items'] as { number: string; requester: string }[];
    expect(new Set(items.map(({ requester }) => requester))).toEqual(new Set(['rita']));
    expect(items.map(({ number }) => number)).toContain(own);
    for (const path of ['', '/timeline', '/commands', '/explain']) {
      expect((await api.call('GET', `${incidents}/${own}${path}`, { key })).status).toBe(200);
      expect((await api.call('GET', `${incidents}/${other}${path}`, { key })).status).toBe(404);
    }
    const comment = { key, body: { text: 'hello' } };
    expect((await api.call('POST', `${incidents}/${own}/comment`, comment)).status).toBe(200);
    expect((await api.call('POST', `${incidents}/${other}/comment`, comment)).status).toBe(404);
  });

  test('of another organisation see nothing of a namesake', async () => {
    const key = await api.key('rita', ['requester'], 'elsewhere');
    const own = await api.open({ requester: 'rita' });
    expect((await api.call('GET', `${incidents}/${own}`, { key })).status).toBe(404);
    expect((await api.call('GET', incidents, { key })).body['items']).toEqual([]);
  });

  test('cannot open for somebody else', async () => {
    const body = { title: 'x', impact: 3, urgency: 3, requester: 'carl' };
    const answer = await api.call('POST', incidents, { key: keys.get('requester')!, body });
    expect([answer.status, answer.body['errors']]).toEqual([
      422,
      [expect.objectContaining({ pointer: '/requester' })],
    ]);
  });

  test('see how it stands: no clocks, no links, nothing of how the desk works', async () => {
    const number = await api.open({ requester: 'rita' });
    const give = async (command: string, body: object) => {
      const { status } = await api.call('POST', `${incidents}/${number}/${command}`, { body });
      expect([command, status]).toEqual([command, 200]);
    };
    await give('link', { relation: 'problem', number: 'PRB-77' });
    await give('escalate', { reason: 'canary: they always complain' });
    await give('start', {});
    await give('logWork', { minutes: 5, note: 'canary: a waste of time' });
    await give('hold', { reason: 'supplier', comment: 'canary: they do not pay' });
    const restoredReason = 'canary: seen in the log';
    const restoredAt = new Date().toISOString();
    await give('resolve', { code: 'fix', notes: 'All well again', restoredAt, restoredReason });
    const key = keys.get('requester')!;
    const shown = await api.call('GET', `${incidents}/${number}`, { key });
    expect(incidentView.parse(shown.body)).toMatchObject({ state: 'resolved', clocks: {} });
    expect(Object.keys(shown.body)).not.toContain('problem');
    const texts = await Promise.all(
      ['', '/timeline', '/explain'].map(async (path) =>
        JSON.stringify((await api.call('GET', `${incidents}/${number}${path}`, { key })).body),
      ),
    );
    for (const word of ['canary', 'PRB-77', 'dueAt', 'serviceLevels', 'breached'])
      expect([word, texts.join().includes(word)]).toEqual([word, false]);
    expect(texts.join()).toContain('All well again');
    const whole = await api.call('GET', `${incidents}/${number}/timeline`);
    expect(JSON.stringify(whole.body).match(/canary/g)!.length).toBeGreaterThan(3);
    const list = await api.call('GET', `${incidents}?limit=200`, { key });
    expect(JSON.stringify(list.body)).not.toContain('dueAt');
  });

  test('do not see internal comments', async () => {
    const number = await api.open({ requester: 'rita' });
    const say = (visibility: string) =>
      api.call('POST', `${incidents}/${number}/comment`, {
        body: { text: `${visibility} words`, visibility },
      });
    await say('internal');
    await say('public');
    const read = async (key: string) =>
      JSON.stringify((await api.call('GET', `${incidents}/${number}/timeline`, { key })).body);
    expect(await read(keys.get('requester')!)).not.toContain('internal words');
    expect(await read(keys.get('requester')!)).toContain('public words');
    expect(await read(ADMIN)).toContain('internal words');
  });
});

describe('API keys', () => {
  const path = '/api/v1/keys';
  test('are for admins', async () => {
    for (const [role, key] of keys) {
      const expected = role === 'admin' ? 200 : 403;
      expect([role, (await api.call('GET', path, { key })).status]).toEqual([role, expected]);
      const body = { person: 'ann' };
      expect((await api.call('POST', path, { key, body })).status).toBe(
        role === 'admin' ? 201 : 403,
      );
      const revoked = await api.call('DELETE', `${path}/nothing`, { key });
      expect(revoked.status).toBe(role === 'admin' ? 404 : 403);
    }
  });

  test('work until they are revoked, and are never shown again', async () => {
    const made = await api.call('POST', path, { body: { person: 'ann', roles: ['resolver'] } });
    expect(made.status).toBe(201);
    const secret = String(made.body['secret']);
    expect(secret).toMatch(/^prv_[A-Za-z0-9_-]{43}$/);
    const me = await api.call('GET', '/api/v1/me', { key: secret });
    expect(me.body).toEqual({
      kind: 'person',
      id: 'ann',
      roles: ['resolver'],
      organisation: 'main',
    });
    expect(JSON.stringify((await api.call('GET', path)).body)).not.toContain(secret);
    const revoked = await api.call('DELETE', `${path}/${String(made.body['id'])}`);
    expect([revoked.status, typeof revoked.body['revokedAt']]).toEqual([200, 'string']);
    expect((await api.call('GET', '/api/v1/me', { key: secret })).status).toBe(401);
  });

  test('of a person whom the policy calls inactive are refused', async () => {
    const gone = await api.key('gone', ['resolver']);
    expect((await api.call('GET', '/api/v1/me', { key: gone })).status).toBe(401);
  });

  test('of an integration have its one role', async () => {
    const made = await api.call('POST', path, { body: { integration: 'prometheus' } });
    expect(made.body).toMatchObject({
      kind: 'integration',
      holder: 'prometheus',
      roles: ['integration'],
    });
  });

  test.each([
    [{}, '/person'],
    [{ person: 'ann', integration: 'x' }, '/person'],
    [{ person: 'nobody' }, '/person'],
    [{ person: 'gone' }, '/person'],
    [{ person: 'toString' }, '/person'],
    [{ person: 'ann', roles: ['system'] }, '/roles/0'],
    [{ person: 'ann', roles: ['integration'] }, '/roles/0'],
    [{ person: 'ann', roles: [] }, '/roles'],
    [{ integration: 'x', roles: ['admin'] }, '/roles'],
    [{ integration: 'a b' }, '/integration'],
    [{ person: 'ann', secret: 'mine' }, '/secret'],
    [{ person: 'ann', organisation: 'a\nb' }, '/organisation'],
  ])('%j is refused at %s', async (body, pointer) => {
    const answer = await api.call('POST', path, { body });
    expect(answer.status).toBe(422);
    expect(answer.body['errors']).toEqual([expect.objectContaining({ pointer })]);
  });

  test('the same Idempotency-Key makes one key, whose secret only the first answer has', async () => {
    const headers = { 'idempotency-key': 'make-1' };
    const first = await api.call('POST', path, { body: { person: 'bob' }, headers });
    const second = await api.call('POST', path, { body: { person: 'bob' }, headers });
    expect(second.body).toEqual({ ...first.body, secret: null });
    const other = await api.call('POST', path, { body: { person: 'ann' }, headers });
    expect([other.status, other.body['type']]).toEqual([422, 'urn:provisor:problem:keyReused']);
  });

  test('the last admin key stays, also when two are revoked at once', async () => {
    const fresh = await startApi();
    try {
      const ann = await fresh.key('ann', ['admin']);
      const { items } = (await fresh.call('GET', path)).body as { items: { id: string }[] };
      const actor = {
        kind: 'person',
        id: 'admin',
        roles: ['admin'],
        organisation: 'main',
      } as const;
      const results = await Promise.all(items.map(({ id }) => endKey(fresh.engine, id, actor)));
      expect(results.map(({ ok }) => ok).sort()).toEqual([false, true]);
      const left = items[results.findIndex(({ ok }) => !ok)]!;
      const answer = await fresh.call('DELETE', `${path}/${left.id}`, {
        key: left.id === items[1]!.id ? ann : ADMIN,
      });
      expect([answer.status, answer.body['type']]).toEqual([409, 'urn:provisor:problem:refused']);
    } finally {
      await fresh.stop();
    }
  });
});

describe("a webhook receiver's secret", () => {
  const read = (url: string, key: string) =>
    api.call('GET', `/api/v1/webhooks/secret?url=${encodeURIComponent(url)}`, { key });

  test('is for admins', async () => {
    for (const [role, key] of keys) {
      const { status } = await read('https://hooks.example.org/ann', key);
      expect([role, status]).toEqual([role, role === 'admin' ? 200 : 403]);
    }
  });

  test('is that with which the worker signs, another for each address', async () => {
    const url = 'https://hooks.example.org/ann';
    expect((await read(url, ADMIN)).body).toEqual({ url, secret: webhookSecret(SECRET, url) });
    const other = await read(`${url}2`, ADMIN);
    expect(other.body['secret']).not.toBe(webhookSecret(SECRET, url));
  });

  test.each(['', 'ann', 'ftp://x', 'http://'])('of "%s" is refused', async (url) => {
    expect((await read(url, ADMIN)).status).toBe(400);
  });
});
