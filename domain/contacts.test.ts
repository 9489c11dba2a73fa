import { testPolicy } from '../test/helpers/policy.ts';
import { HIDDEN, hideContacts, hideContactsOf } from './contacts.ts';
import { parsePolicy } from './policy.ts';
import { diffPolicies } from './policyDiff.ts';

const secret = 'https://hooks.example.org/T0/secret';
const ann = { name: 'Ann', email: 'ann@example.org', webhook: secret, active: true };
const policy = { ...testPolicy, people: { ...testPolicy.people, ann } };

test('names and who is active are shown, every address is hidden, everything else is as it was', () => {
  const hidden = hideContacts(policy) as typeof policy;
  expect(hidden.people.ann).toEqual({ ...ann, email: HIDDEN, webhook: HIDDEN });
  expect({ ...hidden, people: policy.people }).toEqual(policy);
});

test('a field of a person that this version does not know is hidden too', () => {
  const newer = { people: { ann: { name: 'Ann', pager: '0123' } } };
  expect(hideContacts(newer)).toEqual({ people: { ann: { name: 'Ann', pager: HIDDEN } } });
});

test('a policy that was shown without addresses is refused, so that nobody loses theirs', () => {
  expect(parsePolicy(hideContacts(policy))).toMatchObject({
    ok: false,
    error: {
      issues: expect.arrayContaining([
        expect.objectContaining({ pointer: '/people/ann/email' }),
      ]) as unknown,
    },
  });
});

test.each([
  [
    'an address',
    { ...policy, people: { ...policy.people, ann: { ...ann, webhook: `${secret}2` } } },
  ],
  [
    'a person with addresses',
    { ...policy, people: { ...policy.people, eve: { name: 'Eve', webhook: secret } } },
  ],
  ['no person any more', { ...policy, people: { bob: policy.people.bob } }],
  ['no people at all', { ...policy, people: undefined }],
])('the change to %s is told with its place and without the address', (_what, next) => {
  const changes = diffPolicies(policy, next);
  const hidden = changes.map(hideContactsOf);
  expect(JSON.stringify(changes)).toMatch(/secret|@example/);
  expect(JSON.stringify(hidden)).not.toMatch(/secret|@example/);
  expect(hidden.map(({ pointer, kind }) => [pointer, kind])).toEqual(
    changes.map(({ pointer, kind }) => [pointer, kind]),
  );
});

test('a change elsewhere, and of a name, is told whole', () => {
  const next = {
    ...policy,
    defaultService: 'wiki',
    people: { ...policy.people, ann: { ...ann, name: 'Anna' } },
  };
  const changes = diffPolicies(policy, next);
  expect(changes).toHaveLength(2);
  expect(changes.map(hideContactsOf)).toEqual(changes);
});
