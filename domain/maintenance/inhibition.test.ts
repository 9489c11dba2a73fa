import { testPolicy } from '../../test/helpers/policy.ts';
import { policyOf } from '../../test/helpers/escalation.ts';
import { parsePolicy } from '../policy.ts';
import type { PolicyInput } from '../policy.ts';
import { inhibitionsOf } from './inhibition.ts';

/** @param dependsOn of each service, by its key */
function withServices(dependsOn: Readonly<Record<string, string[]>>): PolicyInput {
  const { wiki } = testPolicy.services;
  const services = Object.fromEntries(
    Object.entries(dependsOn).map(([key, others]) => [key, { ...wiki, dependsOn: others }]),
  );
  return { ...testPolicy, services };
}

const { services } = policyOf(
  withServices({
    shop: ['db', 'cache'],
    db: ['network'],
    cache: ['network'],
    network: [],
    wiki: [],
  }),
).body;
const open = (service: string, number = `INC-${service}`) => ({ number, service });

test('a service is inhibited by the open incidents of what it depends on, the nearest first', () => {
  const paged = [open('network'), open('wiki'), open('db'), open('db', 'INC-2')];
  expect(inhibitionsOf(services, 'shop', paged)).toEqual([
    { incident: 'INC-db', service: 'db' },
    { incident: 'INC-2', service: 'db' },
    { incident: 'INC-network', service: 'network' },
  ]);
});

test('a service is inhibited neither by its own incidents nor by what depends on it', () => {
  expect(inhibitionsOf(services, 'db', [open('db'), open('shop')])).toEqual([]);
});

test('a service that the policy dropped is inhibited by nothing', () => {
  expect(inhibitionsOf(services, 'toString', [open('db')])).toEqual([]);
});

test.each<[string, PolicyInput, string[]]>([
  [
    'services that depend on each other',
    withServices({ shop: ['db'], db: ['cache'], cache: ['db'] }),
    [
      '/services/db/dependsOn: depends on itself: db → cache → db',
      '/services/cache/dependsOn: depends on itself: cache → db → cache',
    ],
  ],
  [
    'a service that depends on itself',
    withServices({ shop: ['shop'] }),
    ['/services/shop/dependsOn: depends on itself: shop → shop'],
  ],
  [
    'a service that depends on one that is not there',
    withServices({ shop: ['dbb'] }),
    ['/services/shop/dependsOn/0: "dbb" is not in services, which has: shop'],
  ],
])('%s is refused, and its place is named', (_, data, issues) => {
  const result = parsePolicy(data);
  const found = !result.ok && result.error.kind === 'invalid' ? result.error.issues : [];
  expect(found.map(({ pointer, detail }) => `${pointer}: ${detail}`)).toEqual(issues);
});
