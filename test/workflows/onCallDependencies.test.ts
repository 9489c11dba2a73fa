import { until } from '../helpers/system.ts';
import { startOnCallStage } from '../helpers/onCallStage.ts';
import type { OnCallStage } from '../helpers/onCallStage.ts';

let stage: OnCallStage;
beforeAll(async () => {
  stage = await startOnCallStage();
  const service = (name: string, dependsOn: string[]) => ({
    ...{ name, team: 'operations', serviceLevel: 'standard', escalation: 'standard' },
    dependsOn,
  });
  await stage.escalateBy(
    { steps: [{ to: [{ person: 'ann' }], wait: '2h' }] },
    {
      services: {
        shop: service('Web shop', ['database']),
        database: service('Database', ['network']),
        network: service('Network', []),
        wiki: service('Wiki', []),
      },
    },
  );
});
afterAll(() => stage.stop());

/** Opens an incident of a service and waits for its page. */
async function down(service: string): Promise<string> {
  const number = await stage.open({ service });
  await stage.untilPages(number, 1);
  return number;
}

/** Waits until the pages of a record are held back so often. @returns by which incident of which service, the last time */
async function heldBackBy(number: string, times = 1) {
  const events = await until(`hold ${times} of ${number}`, async () => {
    const held = await stage.eventsOf(number, 'pagesHeld');
    return held.length >= times && held;
  });
  const { by, id, why } = events.at(-1)?.data ?? {};
  return { by, id, why };
}

const resolve = (number: string) =>
  stage.give('ann', number, 'resolve', { code: 'fixed', notes: 'Cable' });

test('a service whose dependency depends on one that is down is held back too, and paged when that one is up', async () => {
  const network = await down('network');
  const shop = await stage.open({ service: 'shop' });
  expect(await heldBackBy(shop)).toEqual({ by: 'incident', id: network, why: 'network' });
  expect(stage.pages(shop)).toEqual([]);
  await resolve(network);
  expect(await stage.untilPages(shop, 1)).toEqual(['Ann by email']);
  await resolve(shop);
});

test('when the nearest of several that are down is up, the next one along the chain holds back', async () => {
  const database = await down('database');
  const network = await down('network');
  const shop = await stage.open({ service: 'shop' });
  expect(await heldBackBy(shop)).toEqual({ by: 'incident', id: database, why: 'database' });
  await resolve(database);
  expect(await heldBackBy(shop, 2)).toEqual({ by: 'incident', id: network, why: 'network' });
  expect(stage.pages(shop)).toEqual([]);
  await resolve(network);
  expect(await stage.untilPages(shop, 1)).toEqual(['Ann by email']);
  await resolve(shop);
});

test('an incident that turns out to be about something else lets go of what it held back', async () => {
  const network = await down('network');
  const shop = await stage.open({ service: 'shop' });
  await heldBackBy(shop);
  await stage.give('ann', network, 'amend', { ci: 'switch-1' });
  await stage.give('ann', network, 'amend', { service: 'wiki' });
  expect(await stage.untilPages(shop, 1)).toEqual(['Ann by email']);
  expect(await stage.eventsOf(shop, 'pagesReleased')).toHaveLength(1);
  await resolve(network);
  await resolve(shop);
});

test('what others depend on is paged, though what depends on it was paged before', async () => {
  const shop = await down('shop');
  const network = await down('network');
  expect(await stage.eventsOf(network, 'pagesHeld')).toEqual([]);
  await resolve(shop);
  await resolve(network);
});

test('what is held back says so on its timeline, and names the incident', async () => {
  const network = await down('network');
  const shop = await stage.open({ service: 'shop' });
  await heldBackBy(shop);
  const { items } = await stage.done('ann', 'GET', `/api/v1/incidents/${shop}/timeline`);
  const held = (items as { type: string; data: object }[]).filter(
    ({ type }) => type === 'pagesHeld',
  );
  expect(held).toMatchObject([{ data: { by: 'incident', id: network, why: 'network' } }]);
  await resolve(network);
  await resolve(shop);
});
