import type { PolicyInput } from '../../domain/policy.ts';
import type { Role } from '../../domain/actor.ts';
import { usePolicy } from '../helpers/database.ts';
import { testPolicy } from '../helpers/policy.ts';
import { ADMIN, startApi } from './support.ts';
import type { TestApi } from './support.ts';

const HOOK = 'https://hooks.example.org/T0/secret';
const policy = '/api/v1/policy';

let api: TestApi;
let hash: string;
let number: string;
beforeAll(async () => {
  api = await startApi();
  hash = await usePolicy(api.pool, withHook);
  number = await api.open();
});
afterAll(() => api.stop());

function withHook(body: PolicyInput): PolicyInput {
  const ann = { name: 'Ann', email: 'ann@example.org', webhook: HOOK };
  return { ...body, people: { ...body.people, ann } };
}

test.each(['requester', 'integration'] as const)('%s: a policy is not read', async (role) => {
  const key = await api.key('somebody', [role]);
  for (const path of [policy, '/api/v1/policies', `/api/v1/policies/${hash}`]) {
    const { status } = await api.call('GET', path, { key });
    expect([path, status]).toEqual([path, 403]);
  }
});

test.each(['agent', 'resolver', 'manager'] as const)(
  '%s: the policy is seen without any address',
  async (role: Role) => {
    const key = await api.key('somebody', [role]);
    for (const path of [policy, `/api/v1/policies/${hash}`]) {
      const { status, body } = await api.call('GET', path, { key });
      expect([status, body['contacts']]).toEqual([200, 'hidden']);
      expect(body['body']).toMatchObject({
        defaultService: 'shop',
        people: { ann: { name: 'Ann', email: '[hidden]', webhook: '[hidden]' } },
      });
      expect(JSON.stringify(body)).not.toMatch(/@example|hooks/);
    }
  },
);

test('an admin sees all of it', async () => {
  for (const path of [policy, `/api/v1/policies/${hash}`]) {
    const { body } = await api.call('GET', path, { key: ADMIN });
    expect(body).toMatchObject({ contacts: 'shown', body: { people: { ann: { webhook: HOOK } } } });
  }
});

test('a preview tells a manager that an address changes, and an admin how', async () => {
  const body = {
    ...testPolicy,
    people: { ...testPolicy.people, eve: { name: 'Eve', webhook: HOOK } },
  };
  const key = await api.key('lea', ['manager']);
  const places = async (as: string): Promise<unknown> => {
    const answer = await api.call('POST', '/api/v1/policies/check', { key: as, body });
    return (answer.body['changes'] as { policy: { items: unknown } }).policy.items;
  };
  const [ann, eve] = [{ pointer: '/people/ann/webhook' }, { pointer: '/people/eve' }];
  expect(await places(key)).toEqual([
    { ...ann, kind: 'removed', from: '[hidden]' },
    { ...eve, kind: 'added', to: { name: 'Eve', webhook: '[hidden]' } },
  ]);
  expect(await places(ADMIN)).toEqual([
    { ...ann, kind: 'removed', from: HOOK },
    { ...eve, kind: 'added', to: { name: 'Eve', webhook: HOOK } },
  ]);
});

test('explanations and the timeline name people, not their addresses', async () => {
  for (const role of ['requester', 'agent', 'manager'] as const) {
    const key = await api.key('ann', [role]);
    for (const part of ['explain', 'timeline']) {
      const { body } = await api.call('GET', `/api/v1/incidents/${number}/${part}`, { key });
      expect(JSON.stringify(body)).not.toMatch(/@example|hooks/);
    }
  }
});
