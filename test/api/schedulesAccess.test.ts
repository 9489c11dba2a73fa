import { startApi } from './support.ts';
import type { TestApi } from './support.ts';
import type { Role } from '../../domain/actor.ts';
import { makeSchedule, NOON } from './schedulesSupport.ts';

let api: TestApi;
const keys = new Map<Role, string>();
beforeAll(async () => {
  api = await startApi(() => NOON);
  const holders = { requester: 'req', agent: 'lea', resolver: 'lea', manager: 'lea', admin: 'adm' };
  for (const [role, holder] of Object.entries(holders) as [Role, string][]) {
    keys.set(role, await api.key(holder, [role]));
  }
  keys.set('integration', await api.key('monitor', ['integration']));
  await makeSchedule(api, 'desk');
});
afterAll(() => api.stop());

const everybody: readonly Role[] = [
  'requester',
  'integration',
  'agent',
  'resolver',
  'manager',
  'admin',
];
const desk: readonly Role[] = ['agent', 'resolver', 'manager', 'admin'];
const managers: readonly Role[] = ['manager', 'admin'];

const one = '/api/v1/schedules/desk';
const endpoints: readonly [method: string, path: string, may: readonly Role[]][] = [
  ['GET', '/api/v1/schedules', desk],
  ['POST', '/api/v1/schedules', managers],
  ['GET', one, desk],
  ['PUT', one, managers],
  ['DELETE', '/api/v1/schedules/none', managers],
  ['GET', `${one}/versions`, desk],
  ['GET', `${one}/on-call`, desk],
  ['GET', `${one}/shifts`, desk],
  ['GET', `${one}/fairness`, desk],
  ['GET', '/api/v1/on-call', desk],
  ['GET', `${one}/overrides`, desk],
  ['POST', `${one}/overrides`, desk],
  ['DELETE', `${one}/overrides/none`, desk],
  ['GET', `${one}/swaps`, desk],
  ['POST', `${one}/swaps`, desk],
  ['GET', '/api/v1/swaps/none', desk],
  ['POST', '/api/v1/swaps/none/accept', desk],
  ['POST', '/api/v1/swaps/none/decline', desk],
  ['POST', '/api/v1/swaps/none/withdraw', desk],
  ['POST', `${one}/imports`, managers],
  ['POST', `${one}/imports/check`, managers],
  ['DELETE', `${one}/imports`, managers],
  ['GET', `${one}/feeds`, desk],
  ['POST', `${one}/feeds`, desk],
  // The key's holder is lea, an agent: those of others are for managers.
  ['GET', '/api/v1/people/lea/feeds', desk],
  ['POST', '/api/v1/people/lea/feeds', desk],
  ['GET', '/api/v1/people/ann/feeds', managers],
  ['POST', '/api/v1/people/ann/feeds', managers],
  ['DELETE', '/api/v1/feeds/none', desk],
];

test.each(endpoints)('%s %s is for %j, and 403 for everybody else', async (method, path, may) => {
  const body = method === 'POST' || method === 'PUT' ? { body: {} } : {};
  const allowed: Role[] = [];
  for (const role of everybody) {
    const { status } = await api.call(method, path, { key: keys.get(role)!, ...body });
    if (status !== 403) allowed.push(role);
  }
  expect(allowed).toEqual(may);
});

test('without a key there is nothing to see', async () => {
  for (const [method, path] of endpoints) {
    const { status } = await api.call(method, path, { key: null });
    expect([method, path, status]).toEqual([method, path, 401]);
  }
});
