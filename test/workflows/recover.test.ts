import { DeliveryError } from '../../channels/channel.ts';
import { readEvents } from '../../db/events.ts';
import { findRecord } from '../../db/records.ts';
import { wakeBacklog } from '../../db/wakes.ts';
import { person } from '../../domain/simulation.ts';
import { DAY, HOUR, MINUTE, toIso } from '../../domain/time.ts';
import { commit, open } from '../../records/commit.ts';
import { processOf } from '../../records/engine.ts';
import { recover } from '../../records/recover.ts';
import type { Recovered } from '../../records/recover.ts';
import { advanceSignal, wakeSignal } from '../../workflows/messages.ts';
import { fastForward } from '../helpers/fastForward.ts';
import { startTestSystem, until } from '../helpers/system.ts';
import type { TestSystem } from '../helpers/system.ts';

const ann = person('ann', 'resolver');
const p1 = { title: 'Shop is down', impact: 1, urgency: 1 };
const p3 = { title: 'A slow page', impact: 2, urgency: 2 };
const p4 = { title: 'A wish', impact: 3, urgency: 3 };

/** Two installations of Temporal on one database: the one that is lost but lives on, and the one that takes over. */
let old: TestSystem;
let fresh: TestSystem;
let unreachable = true;
const records = { paging: '', held: '', resolved: '', unsent: '' };
let recovered: Recovered;

async function openIncident(system: TestSystem, input: object): Promise<string> {
  const { engine } = system;
  const request = { actor: ann, now: Date.now() };
  const result = await open(engine, processOf(engine, 'incident'), input, request);
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value.record.number;
}

async function give(number: string, command: string, input: object = {}): Promise<void> {
  const request = { actor: ann, now: Date.now() };
  const result = await commit(old.engine, number, command, input, request);
  if (!result.ok) throw new Error(JSON.stringify(result.error));
}

const pagesBy = ({ sent }: TestSystem, number: string): string[] =>
  sent
    .filter(({ event }) => event['subject'] === number)
    .filter(({ event }) => event['type'] === 'provisor.incident.paged.v1')
    .map(({ key }) => key);

async function status(system: TestSystem, id: string): Promise<string> {
  return system.client.workflow
    .getHandle(id)
    .describe()
    .then(
      (run) => run.status.name,
      () => 'NONE',
    );
}

async function armed(system: TestSystem, id: string): Promise<void> {
  const handle = system.client.workflow.getHandle(id);
  await until(`a timer of ${id}`, async () => {
    const history = await handle.fetchHistory().catch(() => undefined);
    return history?.events?.some(({ timerStartedEventAttributes }) => timerStartedEventAttributes);
  });
}

async function happened(number: string, type: string): Promise<boolean> {
  const events = await readEvents(old.database.pool, number);
  return events.some((event) => event.type === type);
}

const quiet = (): Promise<boolean> =>
  wakeBacklog(old.database.pool).then(({ waiting }) => waiting === 0);

beforeAll(async () => {
  old = await startTestSystem({
    onSend({ event }) {
      if (unreachable && event['subject'] === records.unsent) {
        throw new DeliveryError('no route to the receiver', { retryable: true });
      }
    },
  });
  records.paging = await openIncident(old, p1);
  await until('the first page', () => pagesBy(old, records.paging).length === 1);
  await fastForward(old.client, `${records.paging}/1/0`, 6 * MINUTE);
  await until('the second step', () => pagesBy(old, records.paging).length === 3);

  records.held = await openIncident(old, p3);
  await give(records.held, 'start');
  await give(records.held, 'hold', {
    reason: 'customer',
    comment: 'Waits for an answer',
    followUpAt: toIso(Date.now() + 2 * HOUR),
  });
  records.resolved = await openIncident(old, p4);
  await give(records.resolved, 'resolve', { code: 'fixed', notes: 'Done' });
  const { rows } = await old.database.pool.query<{ last_value: string }>(
    'select last_value from numbers_inc',
  );
  records.unsent = `INC-${Number(rows[0]?.last_value) + 1}`;
  await openIncident(old, p1);
  await until('an attempt that failed', async () => {
    const { rowCount } = await old.database.pool.query(
      "select 1 from deliveries where number = $1 and outcome = 'failed'",
      [records.unsent],
    );
    return rowCount !== 0;
  });
  await until('every wake to be answered', quiet);

  fresh = await startTestSystem({ database: old.database });
  recovered = await recover(old.database.pool, fresh.identity, Date.now);
}, 120_000);
afterAll(async () => {
  await fresh.stop();
  await old.stop();
});

test('every open record has a workflow in the new namespace', async () => {
  expect(recovered).toMatchObject({ records: 4, generation: 3 });
  for (const number of Object.values(records)) {
    await until(`a run of ${number}`, async () => (await status(fresh, number)) === 'RUNNING');
  }
  await until('every wake to be answered', quiet);
});

test('a page that did not get through is delivered once, by the new worker', async () => {
  await until('the page', () => pagesBy(fresh, records.unsent).length > 0);
  unreachable = false;
  await until('the ledger', async () => {
    const { rows } = await old.database.pool.query<{ count: string }>(
      "select count(*) from deliveries where number = $1 and outcome = 'accepted'",
      [records.unsent],
    );
    return Number(rows[0]?.count) === 1;
  });
  expect(pagesBy(old, records.unsent)).toEqual([]);
  expect(pagesBy(fresh, records.unsent)).toHaveLength(1);
});

test('an escalation goes on after its last step, and nobody is paged twice for one that was done', async () => {
  const escalation = `${records.paging}/1/0`;
  await until('its run', async () => (await status(fresh, escalation)) === 'RUNNING');
  await armed(fresh, escalation);
  expect(pagesBy(fresh, records.paging)).toEqual([]);
  await fastForward(fresh.client, escalation, 11 * MINUTE);
  await until('the second round', () => pagesBy(fresh, records.paging).length === 1);
  const all = [...pagesBy(old, records.paging), ...pagesBy(fresh, records.paging)];
  expect(new Set(all).size).toBe(4);
});

test('the old worker, still running, drives nothing', async () => {
  const escalation = old.client.workflow.getHandle(`${records.paging}/1/0`);
  await escalation.signal(advanceSignal);
  await until(
    'the end of the old escalation',
    async () => (await status(old, escalation.workflowId)) === 'FAILED',
  );
  const events = await readEvents(old.database.pool, records.paging);
  await old.client.workflow.getHandle(records.held).signal(wakeSignal);
  await until('the refusal of the old run', async () => {
    const history = await old.client.workflow.getHandle(records.held).fetchHistory();
    return JSON.stringify(history).includes('Superseded');
  });
  const later = await openIncident(old, p1);
  await until('the page of the new worker', () => pagesBy(fresh, later).length === 1);
  expect(await status(old, later)).toBe('NONE');
  expect(pagesBy(old, later)).toEqual([]);
  expect(await readEvents(old.database.pool, records.paging)).toEqual(events);
});

test('what is due later happens at its time', async () => {
  await armed(fresh, records.held);
  await fastForward(fresh.client, records.held, 3 * HOUR);
  await until('the follow-up', () => happened(records.held, 'followUpDue'));
  await armed(fresh, records.resolved);
  await fastForward(fresh.client, records.resolved, 5 * DAY + MINUTE);
  await until('the closing', async () => {
    return (await findRecord(old.database.pool, records.resolved))?.state === 'closed';
  });
});

test('a recovery that is repeated starts and sends nothing again', async () => {
  const before = fresh.sent.length;
  const escalation = fresh.client.workflow.getHandle(`${records.paging}/1/0`);
  const { runId } = await escalation.describe();
  const again = await recover(old.database.pool, fresh.identity, Date.now);
  expect(again.generation).toBe(recovered.generation);
  await until('every wake to be answered', quiet);
  await until('the escalations to be noted as started', async () => {
    const { rowCount } = await old.database.pool.query(
      "select 1 from effects where state = 'pending'",
    );
    return rowCount === 0;
  });
  expect((await escalation.describe()).runId).toBe(runId);
  expect(fresh.sent.length).toBe(before);
});
