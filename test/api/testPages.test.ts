import { createChannels } from '../../channels/index.ts';
import { readConfig } from '../../config.ts';
import { channelKinds } from '../../domain/channelKinds.ts';
import type { BuiltInKind } from '../../domain/channelKinds.ts';
import { verifiedMethod } from '../helpers/contactMethods.ts';
import { usePolicy } from '../helpers/database.ts';
import { startReceivers } from '../helpers/receivers.ts';
import type { Receivers } from '../helpers/receivers.ts';
import { SECRET, startApi } from './support.ts';
import type { TestApi } from './support.ts';

let receivers: Receivers;
let api: TestApi;
let ann: string;
beforeAll(async () => {
  receivers = await startReceivers();
  const config = readConfig(receivers.environment);
  api = await startApi(Date.now, { channels: createChannels(config, SECRET) });
  ann = await api.key('ann', ['resolver']);
  const { email, webhook } = receivers;
  await usePolicy(api.pool, (policy) => ({
    ...policy,
    people: {
      ...policy.people,
      ann: { name: 'Ann', email: email.address, webhook: webhook.address },
    },
  }));
});
/** What was sent counts against the limit of an address, which each test has for itself. */
beforeEach(() => api.pool.query('truncate contact_sendings'));
afterAll(async () => {
  await api.stop();
  await receivers.close();
});

/** Ann asks for a test page. @returns whether it is said to be accepted, and how many messages the receiver took */
async function testPage(kind: BuiltInKind) {
  const id = await verifiedMethod(api.pool, 'ann', kind, receivers[kind].address);
  const before = receivers[kind].keys().length;
  const { body } = await api.call('POST', `/api/v1/people/ann/contact-methods/${id}/test`, {
    key: ann,
  });
  return { accepted: body['accepted'], taken: receivers[kind].keys().length - before };
}

describe.each(channelKinds)('by %s', (kind) => {
  test('a test page reaches the receiver, and is said to be accepted', async () => {
    expect(await testPage(kind)).toEqual({ accepted: true, taken: 1 });
  });

  test('a test page that the receiver refuses is said to be refused', async () => {
    receivers[kind].refuseNext('forGood');
    expect(await testPage(kind)).toEqual({ accepted: false, taken: 0 });
  });
});
