import { notePingReception } from '../../db/heartbeatPings.ts';
import { findHeartbeat, incidentsOfHeartbeats } from '../../db/heartbeats.ts';
import { readEvents } from '../../db/events.ts';
import { findRecord } from '../../db/records.ts';
import type { RecordState } from '../../domain/process.ts';
import { person } from '../../domain/simulation.ts';
import { DAY, HOUR, MINUTE } from '../../domain/time.ts';
import { commit } from '../../records/commit.ts';
import { HEARTBEATS } from '../../records/heartbeatAlert.ts';
import { createPingTaker } from '../../records/heartbeatPings.ts';
import type { TakePing } from '../../records/heartbeatPings.ts';
import {
  changeHeartbeat,
  createHeartbeat,
  deleteHeartbeat,
  pauseHeartbeat,
  resumeHeartbeat,
} from '../../records/heartbeats.ts';
import { recover } from '../../records/recover.ts';
import { fastForward } from '../helpers/fastForward.ts';
import { startTestSystem, until } from '../helpers/system.ts';
import type { TestSystem } from '../helpers/system.ts';

const lea = person('lea', 'manager');
const ann = person('ann', 'resolver');
const hourly = {
  ...{ name: 'Backup', service: 'shop', item: 'db-1', impact: 1, urgency: 1 },
  ...{ every: '1h', grace: '10m' },
};

let system: TestSystem;
let ping: TakePing;
beforeAll(async () => {
  system = await startTestSystem();
  ping = createPingTaker(system.engine);
});
afterAll(() => system.stop());

const asking = () => ({ actor: lea, now: Date.now() });

interface Made {
  readonly id: string;
  readonly token: string;
}

/** A heartbeat whose workflow waits. */
async function heartbeat(input: object = {}): Promise<Made> {
  const made = await createHeartbeat(system.engine, { ...hourly, ...input }, asking());
  if (!made.ok) throw new Error(JSON.stringify(made.error));
  const { id, token } = made.value;
  await idle(id);
  return { id, token: token ?? '' };
}

const run = (id: string) => system.client.workflow.getHandle(`heartbeat/${id}`);

/** The run of a heartbeat has looked and waits: from here on its time can be moved. */
async function idle(id: string): Promise<void> {
  await until(`heartbeat/${id} to wait`, async () => {
    const events =
      (
        await run(id)
          .fetchHistory()
          .catch(() => undefined)
      )?.events ?? [];
    const started = events.filter((event) => event.timerStartedEventAttributes);
    const over = events.filter(
      (event) => event.timerFiredEventAttributes ?? event.timerCanceledEventAttributes,
    );
    const last = events.at(-1);
    const works =
      last?.workflowTaskScheduledEventAttributes ?? last?.workflowTaskStartedEventAttributes;
    return started.length > over.length && !works;
  });
}

async function pass(id: string, ms: number): Promise<void> {
  await idle(id);
  await fastForward(system.client, `heartbeat/${id}`, ms);
}

async function incidentOf(id: string): Promise<RecordState | undefined> {
  const { pool } = system.database;
  const number = (await incidentsOfHeartbeats(pool, HEARTBEATS, [id])).get(id);
  return number === undefined ? undefined : findRecord(pool, number);
}

const openedFor = (id: string): Promise<RecordState> =>
  until(`the incident of ${id}`, () => incidentOf(id));

const pagesOf = ({ number }: RecordState): number =>
  system.sent.filter(
    ({ event: { subject, type } }) => subject === number && type === 'provisor.incident.paged.v1',
  ).length;

/** As if the last ping came so long before the workflow's time: pings go by the clock of the machine. */
async function lastPingAgo(id: string, ms: number): Promise<void> {
  await system.database.pool.query(
    `update heartbeats set counts_from = counts_from - make_interval(secs => $2), last_ping_at = last_ping_at - make_interval(secs => $2) where id = $1`,
    [id, ms / 1_000],
  );
}

test('a ping that is missing for its interval and grace opens one incident by the door of monitoring, which pages', async () => {
  const { id } = await heartbeat();
  await pass(id, 69 * MINUTE);
  expect(await incidentOf(id)).toBeUndefined();
  await pass(id, 2 * MINUTE);
  const incident = await openedFor(id);
  expect(incident.fields).toMatchObject({
    ...{ service: 'shop', ci: 'db-1', impact: 1, urgency: 1, channel: 'monitoring' },
  });
  await until('the page', () => pagesOf(incident) > 0);
  await pass(id, 3 * HOUR);
  expect((await incidentOf(id))?.number).toBe(incident.number);
});

test('a ping that came is waited on from, and reaches the workflow by the row alone', async () => {
  const { id, token } = await heartbeat();
  const { historyLength } = await run(id).describe();
  await lastPingAgo(id, 65 * MINUTE);
  expect(await ping(token, 'ok')).toBe(true);
  expect((await run(id).describe()).historyLength).toBe(historyLength);
  await pass(id, 69 * MINUTE);
  expect(await incidentOf(id)).toBeUndefined();
  await pass(id, 5 * MINUTE);
  await openedFor(id);
});

test('the next ping resolves the incident, and the one that is missing after it is told again', async () => {
  const { id, token } = await heartbeat();
  await pass(id, 71 * MINUTE);
  const { number } = await openedFor(id);
  await ping(token, 'ok');
  expect(await incidentOf(id)).toMatchObject({ number, state: 'resolved' });
  expect((await findHeartbeat(system.database.pool, id))?.down).toBeNull();
  await pass(id, 3 * HOUR);
  await until('the second time', async () => {
    const events = await readEvents(system.database.pool, number);
    return events.some(({ type }) => type === 'reopened');
  });
});

test('an incident on which a person works is noted and stays theirs', async () => {
  const { id, token } = await heartbeat();
  await pass(id, 71 * MINUTE);
  const { number } = await openedFor(id);
  await commit(system.engine, number, 'start', {}, { actor: ann, now: Date.now() });
  await ping(token, 'ok');
  const types = (await readEvents(system.database.pool, number)).map(({ type }) => type);
  expect((await incidentOf(id))?.state).toBe('inProgress');
  expect(types.filter((type) => type === 'alertsChanged')).toHaveLength(2);
});

test('a job that says that it failed is told at once, without its workflow', async () => {
  const { id, token } = await heartbeat();
  await ping(token, 'fail');
  await ping(token, 'fail');
  const incident = await incidentOf(id);
  expect(incident?.state).toBe('new');
  await ping(token, 'ok');
  expect(await incidentOf(id)).toMatchObject({ number: incident?.number, state: 'resolved' });
});

test('a run that begins is no ping', async () => {
  const { id, token } = await heartbeat();
  await lastPingAgo(id, HOUR);
  await ping(token, 'start');
  await pass(id, 71 * MINUTE);
  await openedFor(id);
  const { down, createdAt } = (await findHeartbeat(system.database.pool, id))!;
  expect(down).toEqual({ why: 'missing', since: createdAt + 10 * MINUTE });
});

test('an outage of ours in which nobody could ping is no reason to page: each is waited for anew', async () => {
  const { pool } = system.database;
  const { id } = await heartbeat();
  const began = Date.now() + 55 * MINUTE;
  await notePingReception(pool, began);
  await notePingReception(pool, began + 30 * MINUTE);
  await pass(id, 71 * MINUTE);
  await idle(id);
  await pass(id, 80 * MINUTE);
  expect(await incidentOf(id)).toBeUndefined();
  await pool.query('delete from ping_reception');
  await pool.query('delete from ping_outages');
  await pass(id, 4 * HOUR);
  await openedFor(id);
});

test('an outage that goes on excuses what is missing meanwhile', async () => {
  const { pool } = system.database;
  const { id } = await heartbeat();
  await notePingReception(pool, Date.now() + 30 * MINUTE);
  await pass(id, 71 * MINUTE);
  await idle(id);
  expect(await incidentOf(id)).toBeUndefined();
  await pool.query('delete from ping_reception');
});

test('a paused heartbeat has no workflow and misses nothing; resumed, it is waited for from then on', async () => {
  const { id } = await heartbeat();
  await pauseHeartbeat(system.engine, id, asking());
  // A paused heartbeat is told to nobody: its run ends when it looks.
  await pass(id, 71 * MINUTE);
  await until('its end', async () => (await run(id).describe()).status.name === 'COMPLETED');
  expect(await incidentOf(id)).toBeUndefined();
  await resumeHeartbeat(system.engine, id, asking());
  await until('another run', async () => (await run(id).describe()).status.name === 'RUNNING');
  await pass(id, 71 * MINUTE);
  await openedFor(id);
});

test('another rhythm is told to the workflow that waits', async () => {
  const { id } = await heartbeat({ every: '30d' });
  await changeHeartbeat(system.engine, id, { ...hourly, every: '30s', grace: '10s' }, asking());
  await until('a look at the change', async () => {
    const { rows } = await system.database.pool.query<{ soon: boolean }>(
      "select look_at < now() + interval '1 hour' as soon from heartbeats where id = $1",
      [id],
    );
    return rows[0]?.soon;
  });
  await pass(id, MINUTE);
  await openedFor(id);
});

test('the workflow of a heartbeat that was deleted ends', async () => {
  const { id } = await heartbeat();
  await deleteHeartbeat(system.engine, id, asking());
  await pass(id, 71 * MINUTE);
  await until('its end', async () => (await run(id).describe()).status.name === 'COMPLETED');
});

test('a run that gets old goes on as a new one', async () => {
  const { id } = await heartbeat({ every: '20d', grace: '1d' });
  const { runId } = await run(id).describe();
  await pass(id, 8 * DAY);
  await until('a new run', async () => (await run(id).describe()).runId !== runId);
});

test('a workflow that was lost is started again, and so are all of a Temporal that was lost', async () => {
  const { id } = await heartbeat();
  await run(id).terminate();
  await recover(system.database.pool, system.identity, Date.now);
  await until('another run', async () => (await run(id).describe()).status.name === 'RUNNING');
});

test('a workflow that was lost alone is started again once it is late', async () => {
  const { id } = await heartbeat();
  await run(id).terminate();
  await system.database.pool.query(
    "update heartbeats set look_at = now() - interval '31 seconds' where id = $1",
    [id],
  );
  await until('another run', async () => (await run(id).describe()).status.name === 'RUNNING');
});
