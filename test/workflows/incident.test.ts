import { DeliveryError } from '../../channels/channel.ts';
import { deliveriesOf } from '../../db/deliveries.ts';
import { readEvents } from '../../db/events.ts';
import { findRecord } from '../../db/records.ts';
import { person } from '../../domain/simulation.ts';
import { DAY, fromIso, HOUR, MINUTE, toIso } from '../../domain/time.ts';
import type { Instant } from '../../domain/time.ts';
import { commit, open } from '../../records/commit.ts';
import { processOf } from '../../records/engine.ts';
import { advanceSignal, taskQueue } from '../../workflows/messages.ts';
import { usePolicy } from '../helpers/database.ts';
import { fastForward } from '../helpers/fastForward.ts';
import { startTestSystem, until } from '../helpers/system.ts';
import type { TestSystem } from '../helpers/system.ts';

const ann = person('ann', 'resolver');
const lea = person('lea', 'manager');
const p1 = { title: 'Shop is down', impact: 1, urgency: 1 };
const p4 = { title: 'A wish', impact: 3, urgency: 3 };
const resolution = { code: 'fixed', notes: 'Restarted' };

let refusals = new Map<string, number>();
let system: TestSystem;
beforeAll(async () => {
  system = await startTestSystem({
    onSend({ event, person }) {
      const number = event['subject'];
      const left = refusals.get(number) ?? 0;
      if (left === 0) return;
      refusals.set(number, left - 1);
      throw new DeliveryError(`451 <${person.address}>: busy`, { retryable: true });
    },
  });
});
afterAll(() => system.stop());
beforeEach(() => {
  refusals = new Map();
});

async function openIncident(input: object = p1, now: Instant = Date.now()): Promise<string> {
  const { engine } = system;
  const result = await open(engine, processOf(engine, 'incident'), input, { actor: ann, now });
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value.record.number;
}

async function give(
  number: string,
  command: string,
  input: object = {},
  actor = ann,
): Promise<void> {
  const result = await commit(system.engine, number, command, input, { actor, now: Date.now() });
  if (!result.ok) throw new Error(JSON.stringify(result.error));
}

async function story(number: string): Promise<string[]> {
  const events = await readEvents(system.database.pool, number);
  return events.map(({ type, at }) => `${toIso(at).slice(0, 16)} ${type}`);
}

async function happened(number: string, type: string): Promise<void> {
  await until(type, async () => (await story(number)).some((line) => line.endsWith(` ${type}`)));
}

/** Who was told, by the type of the message. */
const toldOf = (number: string, type: string): string[] =>
  system.sent
    .filter(
      ({ event }) =>
        event['subject'] === number && event['type'] === `provisor.incident.${type}.v1`,
    )
    .map(({ person: { name } }) => name);

const pagesOf = (number: string): string[] => toldOf(number, 'paged');

async function status(id: string): Promise<string> {
  return (await system.client.workflow.getHandle(id).describe()).status.name;
}

/** The run has looked at its record and waits: from here on its time can be moved. */
async function armed(id: string): Promise<void> {
  const handle = system.client.workflow.getHandle(id);
  await until(`a timer of ${id}`, async () => {
    const history = await handle.fetchHistory().catch(() => undefined);
    return history?.events?.some(({ timerStartedEventAttributes }) => timerStartedEventAttributes);
  });
}

/** The run has nothing left to do but wait. */
async function idle(id: string): Promise<void> {
  const handle = system.client.workflow.getHandle(id);
  await until(`${id} to wait`, async () => {
    const events = (await handle.fetchHistory()).events ?? [];
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

async function runId(id: string): Promise<string> {
  return (await system.client.workflow.getHandle(id).describe()).runId;
}

test('a P1 pages the first person, then the team, then both again, until somebody acknowledges', async () => {
  const number = await openIncident();
  const escalation = `${number}/1/0`;
  await until('the first page', () => pagesOf(number).length === 1);
  expect(pagesOf(number)).toEqual(['Ann']);

  await fastForward(system.client, escalation, 6 * MINUTE);
  await until('the second step', () => pagesOf(number).length === 3);
  expect(pagesOf(number).slice(1).sort()).toEqual(['Ann', 'Bob']);

  await fastForward(system.client, escalation, 11 * MINUTE);
  await until('the second round', () => pagesOf(number).length === 4);

  await give(number, 'acknowledge');
  await until('the end of the escalation', async () => (await status(escalation)) === 'COMPLETED');
  expect(pagesOf(number)).toHaveLength(4);
});

test('an escalation that nobody answers says so and tells the lead', async () => {
  const number = await openIncident();
  const escalation = `${number}/1/0`;
  await until('the first page', () => pagesOf(number).length === 1);
  await fastForward(system.client, escalation, 45 * MINUTE);
  await until('the word to the lead', () => toldOf(number, 'exhausted').length === 1);
  expect((await story(number)).at(-1)).toMatch(/escalationExhausted$/);
  expect(toldOf(number, 'exhausted')).toEqual(['Lea']);
  expect(pagesOf(number)).toHaveLength(6);
});

test('escalating takes the next step of the escalation that runs, at once', async () => {
  const number = await openIncident();
  const escalation = `${number}/1/0`;
  await until('the first page', () => pagesOf(number).length === 1);
  await armed(escalation);
  await give(number, 'escalate', { reason: 'The shop is empty' });
  await until('the second step', () => pagesOf(number).length === 3);
  const steps = (await readEvents(system.database.pool, number))
    .filter(({ type }) => type === 'paged')
    .map(({ data }) => [data['escalation'], data['step']]);
  expect(steps).toEqual([
    [escalation, 0],
    [escalation, 1],
  ]);
  await give(number, 'acknowledge');
  await until('the end of the escalation', async () => (await status(escalation)) === 'COMPLETED');
});

test('a word to take a step that comes after the step was taken does not cut the next wait short', async () => {
  const number = await openIncident();
  const escalation = `${number}/1/0`;
  const pages = async () =>
    (await readEvents(system.database.pool, number)).filter(({ type }) => type === 'paged').length;
  await until('the first page', () => pagesOf(number).length === 1);
  await armed(escalation);
  await give(number, 'escalate', { reason: 'The shop is empty' });
  await until('the second step', () => pagesOf(number).length === 3);
  await idle(escalation);

  const asked = (await readEvents(system.database.pool, number)).find(
    ({ type }) => type === 'escalated',
  );
  await system.client.workflow.getHandle(escalation).signal(advanceSignal, asked?.seq);
  await idle(escalation);
  expect(await pages()).toBe(2);

  await give(number, 'escalate', { reason: 'Still empty' });
  await until('the second round', () => pagesOf(number).length === 4);
  expect(await pages()).toBe(3);
  await give(number, 'acknowledge');
  await until('the end of the escalation', async () => (await status(escalation)) === 'COMPLETED');
});

test('escalating after nobody answered begins a new escalation', async () => {
  const number = await openIncident();
  await until('the first page', () => pagesOf(number).length === 1);
  await fastForward(system.client, `${number}/1/0`, 45 * MINUTE);
  await happened(number, 'escalationExhausted');
  const before = pagesOf(number).length;
  await give(number, 'escalate', { reason: 'It still burns' });
  await until('a page', () => pagesOf(number).length > before);
  const last = (await readEvents(system.database.pool, number)).findLast(
    ({ type }) => type === 'paged',
  );
  expect(last?.data['escalation']).not.toBe(`${number}/1/0`);
  expect(last?.data['step']).toBe(0);
});

test('the follow-up of a hold tells the owner when its time has come', async () => {
  const number = await openIncident(p4);
  await give(number, 'start');
  await give(number, 'hold', {
    reason: 'supplier',
    followUpAt: new Date(Date.now() + 3 * HOUR).toISOString(),
  });
  await until('the hold to be seen', async () => {
    const { rows } = await system.database.pool.query('select 1 from wakes where number = $1', [
      number,
    ]);
    return rows.length === 0;
  });
  await armed(number);
  expect(toldOf(number, 'followUpDue')).toEqual([]);
  await fastForward(system.client, number, 3 * HOUR + MINUTE);
  await until('the message', () => toldOf(number, 'followUpDue').length === 1);
  expect(toldOf(number, 'followUpDue')).toEqual(['Ann']);
  expect((await findRecord(system.database.pool, number))?.state).toBe('onHold');
});

test('a P1 that counts on working hours keeps its deadline over the weekend on which the clocks change', async () => {
  await usePolicy(system.database.pool, (policy) => {
    for (const clock of ['respond', 'resolve'] as const) {
      const target = policy.serviceLevels['standard']?.[clock]?.['1'];
      if (target) Object.assign(target, { within: '4h', calendar: 'office' });
    }
    return policy;
  });
  // Friday 17:00 in Berlin, one hour before closing; on Sunday 28 March 2027 the clocks go forward.
  const number = await openIncident(p1, fromIso('2027-03-26T16:00:00Z'));
  await armed(number);
  await fastForward(system.client, number, 4 * DAY);
  await happened(number, 'respond.breached');
  expect((await story(number)).filter((line) => line.includes('respond'))).toEqual([
    '2027-03-29T07:00 respond.warned',
    '2027-03-29T08:00 respond.warned',
    '2027-03-29T09:00 respond.breached',
  ]);
  await usePolicy(system.database.pool, (policy) => policy);
});

test('a resolved incident closes after five days, its run ends, and a reopening begins a new one', async () => {
  const number = await openIncident(p4);
  await armed(number);
  const first = await runId(number);
  await give(number, 'resolve', resolution);
  await until('the resolution to be seen', async () => {
    const { rows } = await system.database.pool.query('select 1 from wakes where number = $1', [
      number,
    ]);
    return rows.length === 0;
  });
  await fastForward(system.client, number, 5 * DAY + MINUTE);
  await until('the end of the run', async () => (await status(number)) === 'COMPLETED');
  expect((await findRecord(system.database.pool, number))?.state).toBe('closed');

  await give(number, 'reopen', { reason: 'Down again' }, lea);
  await until('the new run', async () => (await status(number)) === 'RUNNING');
  expect(await runId(number)).not.toBe(first);
  await fastForward(system.client, number, 30 * DAY);
  await happened(number, 'resolve.breached');
});

test('a run lasts a week at most and the next one goes on where it stood', async () => {
  const number = await openIncident(p4);
  await armed(number);
  await give(number, 'start');
  await give(number, 'hold', { reason: 'customer' });
  const first = await runId(number);
  await fastForward(system.client, number, 8 * DAY);
  await until('the next run', async () => (await runId(number)) !== first);
  expect(await status(number)).toBe('RUNNING');
});

test('a page that failed is sent again under the same key', async () => {
  const numbers = await system.database.pool.query<{ last_value: string }>(
    'select last_value from numbers_inc',
  );
  const next = `INC-${Number(numbers.rows[0]?.last_value) + 1}`;
  refusals.set(next, 2);
  const number = await openIncident();
  expect(number).toBe(next);
  await until('the page in the ledger', async () => {
    const { rows } = await system.database.pool.query(
      "select 1 from deliveries where number = $1 and outcome = 'accepted'",
      [number],
    );
    return rows.length > 0;
  });
  const { rows } = await system.database.pool.query<{ outcome: string; effect_key: string }>(
    'select outcome, effect_key from deliveries where number = $1 order by id',
    [number],
  );
  expect(rows.map(({ outcome }) => outcome)).toEqual(['failed', 'failed', 'accepted']);
  expect(new Set(rows.map(({ effect_key }) => effect_key)).size).toBe(1);
});

test('an escalation that is started again goes on after its last step', async () => {
  const number = await openIncident();
  const escalation = `${number}/1/0`;
  await until('the first page', () => pagesOf(number).length === 1);
  await system.client.workflow.getHandle(escalation).terminate('lost');
  await system.client.workflow.start('escalation', {
    workflowId: escalation,
    taskQueue,
    args: [escalation],
  });
  await fastForward(system.client, escalation, 5 * MINUTE + 1_000);
  await until('the second step', () => pagesOf(number).length === 3);
  expect(
    (await readEvents(system.database.pool, number))
      .filter(({ type }) => type === 'paged')
      .map(({ data }) => data['step']),
  ).toEqual([0, 1]);
});

test('a record whose workflow was lost gets a new one with the next change', async () => {
  const number = await openIncident(p4, Date.now() - 60 * DAY);
  await until('the breaches', async () =>
    (await story(number)).some((line) => line.endsWith('resolve.breached')),
  );
  await idle(number);
  await system.client.workflow.getHandle(number).terminate('lost');
  await give(number, 'resolve', resolution);
  await until('the new run', async () => (await status(number)) === 'RUNNING');
});

test("Temporal's history holds neither text nor person, though a receiver refuses and repeats the address", async () => {
  const number = await openIncident({
    ...p1,
    title: 'Secret canary 7f3a',
    description: 'canary-description',
  });
  // Once to the escalation, whose attempt Temporal does not see, and once to the workflow of the record.
  refusals.set(number, 2);
  await until('the page', () => pagesOf(number).length === 1);
  const [refused] = await deliveriesOf(system.engine.pool, number);
  expect(refused?.detail).toContain('@example.org');
  const historyOf = async (id: string) => {
    const history = await system.client.workflow.getHandle(id).fetchHistory();
    return JSON.stringify(history, (_, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
    );
  };
  await until('the refusal in it', async () => (await historyOf(number)).includes('not accepted'));
  for (const id of [number, `${number}/1/0`]) {
    const history = await historyOf(id);
    expect(history).toContain(number);
    for (const word of ['canary', 'Ann', 'example.org']) expect(history).not.toContain(word);
  }
});
