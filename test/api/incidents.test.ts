import { commandList, incidentView, recordView } from '../../api/contract.ts';
import { startApi } from './support.ts';
import type { TestApi } from './support.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.stop());

const incidents = '/api/v1/incidents';

describe('opening', () => {
  test('answers with the record, its place, its version and its deadlines', async () => {
    const body = {
      title: 'Shop down',
      description: 'No orders',
      impact: 1,
      urgency: 1,
      ci: 'web-1',
    };
    const answer = await api.call('POST', incidents, { body });
    expect(answer.status).toBe(201);
    const record = incidentView.parse(answer.body);
    expect(record).toMatchObject({
      ...body,
      state: 'new',
      priority: 1,
      requester: 'admin',
      seq: 1,
      clocks: {
        respond: { state: 'running', target: '15 min', withinMs: 900_000, calendar: 'always' },
        resolve: { state: 'running', target: '4 h', rule: 'serviceLevels.standard.resolve.1' },
      },
    });
    const opened = Date.parse(record.openedAt);
    expect(Date.parse(record.clocks['respond']!.dueAt!)).toBe(opened + 900_000);
    expect(answer.headers.get('etag')).toBe('"1"');
    expect(answer.headers.get('location')).toBe(`${incidents}/${record.number}`);
  });

  test('a name that only looks like a text id is shown as it is', async () => {
    const ci = 'ab'.repeat(32);
    const number = await api.open({ ci });
    expect((await api.call('GET', `${incidents}/${number}`)).body['ci']).toBe(ci);
  });

  test('a final record has stopped clocks', async () => {
    const number = await api.open();
    const { body } = await api.call('POST', `${incidents}/${number}/cancel`, {
      body: { reason: 'a test' },
    });
    const { clocks } = recordView.parse(body);
    expect(Object.values(clocks).map(({ state }) => state)).toEqual(['stopped', 'stopped']);
  });
});

test('the contract describes every field that an incident has', async () => {
  const number = await api.open();
  const { body } = await api.call('GET', `${incidents}/${number}`);
  const described = new Set(Object.keys(incidentView.shape));
  expect(Object.keys(body).filter((name) => !described.has(name))).toEqual([]);
  expect([...described].filter((name) => !(name in body))).toEqual([]);
});

test('a refused input names its field, and nothing changes', async () => {
  const number = await api.open();
  const cases: [string, object, string][] = [
    ['assign', { team: 'nobody' }, '/team'],
    ['resolve', { code: 'x', notes: 'x', restoredAt: 'yesterday' }, '/restoredAt'],
    ['resolve', { code: 'x', notes: 'x', restoredAt: '2999-01-01T00:00:00Z' }, '/restoredAt'],
    ['link', { relation: 'parent', number: 'INC-999999' }, '/number'],
    ['link', { relation: 'parent', number }, '/number'],
    ['amend', { priority: 1 }, '/priority'],
    ['logWork', { minutes: 0 }, '/minutes'],
    ['acceptMajor', { commander: 'nobody' }, '/commander'],
  ];
  for (const [command, body, pointer] of cases) {
    const answer = await api.call('POST', `${incidents}/${number}/${command}`, { body });
    expect([command, answer.status, answer.body['errors']]).toEqual([
      command,
      422,
      [expect.objectContaining({ pointer })],
    ]);
  }
  expect((await api.call('GET', `${incidents}/${number}`)).body['seq']).toBe(1);
});

test('links to a parent form no circle through stored records', async () => {
  const [a, b, c] = [await api.open(), await api.open(), await api.open()];
  const link = async (from: string, relation: string, number: string) =>
    (await api.call('POST', `${incidents}/${from}/link`, { body: { relation, number } })).status;
  expect(await link(a, 'parent', b)).toBe(200);
  expect(await link(b, 'duplicate', c)).toBe(200);
  expect(await link(c, 'parent', a)).toBe(422);
});

describe('reading one', () => {
  test('a reader who has this version gets no body', async () => {
    const number = await api.open();
    const same = await api.call('GET', `${incidents}/${number}`, {
      headers: { 'if-none-match': 'W/"1"' },
    });
    expect([same.status, same.headers.get('etag')]).toEqual([304, '"1"']);
    const other = await api.call('GET', `${incidents}/${number}`, {
      headers: { 'if-none-match': '"7"' },
    });
    expect([other.status, other.body['number']]).toEqual([200, number]);
  });

  test.each([
    'INC-999999',
    'INC-0',
    'inc-1',
    'CHG-1',
    'INC-1%00',
    "INC-1'--",
    'INC-99999999999999999999',
    '%E2%98%83',
  ])('%s is not found', async (number) => {
    for (const path of ['', '/timeline', '/commands', '/explain']) {
      const answer = await api.call('GET', `${incidents}/${number}${path}`);
      expect([answer.status, answer.body['type']]).toEqual([404, 'urn:provisor:problem:notFound']);
    }
    const command = await api.call('POST', `${incidents}/${number}/acknowledge`);
    expect(command.status).toBe(404);
  });
});

describe('commands', () => {
  test('carry an incident from opening to its end', async () => {
    const number = await api.open();
    const steps: [string, object, string][] = [
      ['acknowledge', {}, 'new'],
      ['assign', { team: 'operations', assignee: 'ann' }, 'assigned'],
      ['start', {}, 'inProgress'],
      ['hold', { reason: 'customer' }, 'onHold'],
      ['resume', {}, 'inProgress'],
      ['prioritise', { impact: 2, urgency: 2, reason: 'a workaround' }, 'inProgress'],
      ['comment', { text: 'almost done' }, 'inProgress'],
      ['resolve', { code: 'restart', notes: 'restarted' }, 'resolved'],
      ['reopen', { reason: 'down again' }, 'assigned'],
      ['resolve', { code: 'fix', notes: 'fixed' }, 'resolved'],
      ['close', {}, 'closed'],
    ];
    let seq = 1;
    for (const [command, body, state] of steps) {
      const answer = await api.call('POST', `${incidents}/${number}/${command}`, { body });
      expect([command, answer.status, answer.body['state']]).toEqual([command, 200, state]);
      expect(answer.headers.get('etag')).toBe(`"${++seq}"`);
    }
  });

  test('a command without input needs no body', async () => {
    const number = await api.open();
    expect((await api.call('POST', `${incidents}/${number}/acknowledge`)).status).toBe(200);
  });

  test('one that the state does not allow names those that it does', async () => {
    const number = await api.open();
    const answer = await api.call('POST', `${incidents}/${number}/close`);
    expect(answer.status).toBe(409);
    expect(answer.body).toMatchObject({ type: 'urn:provisor:problem:wrongState' });
    expect(answer.body['allowed']).toEqual(expect.arrayContaining(['acknowledge', 'resolve']));
    expect(answer.body['allowed']).not.toContain('close');
  });

  test.each(['page', 'exhaust', 'constructor', '__proto__', 'toString', 'nothing'])(
    '%s is not reachable from outside',
    async (command) => {
      const number = await api.open();
      const answer = await api.call('POST', `${incidents}/${number}/${command}`, { body: {} });
      expect(answer.status).toBe(404);
      const { items } = (await api.call('GET', `${incidents}/${number}/commands`)).body as {
        items: { name: string }[];
      };
      expect(items.map(({ name }) => name)).not.toContain(command);
    },
  );

  test('those that are allowed now are listed with what they do and take', async () => {
    const number = await api.open();
    const { body } = await api.call('GET', `${incidents}/${number}/commands`);
    const resolve = commandList.parse(body).items.find(({ name }) => name === 'resolve');
    expect(resolve).toMatchObject({
      does: 'Service is restored',
      input: { required: ['code', 'notes'], additionalProperties: false },
    });
  });

  test('If-Match lets only the version through that the caller saw', async () => {
    const number = await api.open();
    const path = `${incidents}/${number}/comment`;
    const say = (tag: string) =>
      api.call('POST', path, { body: { text: 'x' }, headers: { 'if-match': tag } });
    expect((await say('"7"')).status).toBe(412);
    expect((await say('"1"')).status).toBe(200);
    expect((await say('"1"')).status).toBe(412);
    expect((await say('*')).status).toBe(200);
    for (const malformed of ['7', 'W/"2"', '"x"', '"1", "2"', '']) {
      expect([malformed, (await say(malformed)).status]).toEqual([malformed, 400]);
    }
    expect((await api.call('GET', `${incidents}/${number}`)).body['seq']).toBe(3);
  });
});

describe('methods and addresses', () => {
  test.each([
    ['DELETE', incidents, 'OPTIONS, GET, HEAD, POST'],
    ['PUT', `${incidents}/INC-1`, 'OPTIONS, GET, HEAD'],
    ['GET', `${incidents}/INC-1/acknowledge`, 'OPTIONS, POST'],
    ['POST', `${incidents}/INC-1/timeline`, 'OPTIONS, GET, HEAD'],
    ['POST', '/api/v1/me', 'OPTIONS, GET, HEAD'],
  ])('%s %s is 405 and says what is possible', async (method, path, allow) => {
    const answer = await api.call(method, path);
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, allow]);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
  });

  test('an unknown address is a problem', async () => {
    for (const path of ['/api/v1/changes', '/nothing', '/api/v2/incidents', '/%E0%A4%A']) {
      const answer = await api.call('GET', path);
      expect([path, [400, 404].includes(answer.status)]).toEqual([path, true]);
      expect(answer.headers.get('content-type')).toContain('application/problem+json');
      expect(answer.body['traceId']).toMatch(/^[0-9a-f]{32}$/);
    }
  });

  test("a caller's trace id is kept", async () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const headers = { traceparent: `00-${traceId}-00f067aa0ba902b7-01` };
    expect((await api.call('GET', '/nothing', { headers })).body['traceId']).toBe(traceId);
  });
});
