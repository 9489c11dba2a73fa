import { decodePriority } from '@temporalio/common';
import { person } from '../../domain/simulation.ts';
import { commit, open } from '../../records/commit.ts';
import { processOf } from '../../records/engine.ts';
import { startTestSystem, until } from '../helpers/system.ts';
import type { TestSystem } from '../helpers/system.ts';

const bob = person('bob', 'resolver');

let system: TestSystem;
beforeAll(async () => {
  system = await startTestSystem();
});
afterAll(() => system.stop());

async function openIncident(input: object): Promise<string> {
  const { engine } = system;
  const incident = { title: 'Shop is down', ...input };
  const request = { actor: bob, now: Date.now() };
  const result = await open(engine, processOf(engine, 'incident'), incident, request);
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value.record.number;
}

/** The priority keys with which Temporal was given a record's effects, in order. */
async function priorityKeys(number: string): Promise<number[]> {
  const { events } = await system.client.workflow.getHandle(number).fetchHistory();
  return (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: scheduled }) =>
    scheduled ? [decodePriority(scheduled.priority).priorityKey ?? 0] : [],
  );
}

function toldOf(number: string, type: string) {
  return until(`${type} of ${number}`, () =>
    system.sent.find(({ event }) => event.subject === number && event.type.includes(type)),
  );
}

test('a page goes before what is told of another record, whatever the priorities, and a priority 1 before all', async () => {
  const first = await openIncident({ impact: 1, urgency: 1 });
  const second = await openIncident({ impact: 1, urgency: 2 });
  await toldOf(first, 'paged');
  await toldOf(second, 'paged');
  const { engine } = system;
  const request = { actor: bob, now: Date.now() };
  expect((await commit(engine, first, 'acknowledge', {}, request)).ok).toBe(true);
  await toldOf(first, 'acknowledged');
  // The escalation, which sends its page itself; then what tells of the acknowledgement.
  const [escalates, ...rest] = await priorityKeys(first);
  expect(escalates).toBe(1);
  expect(rest).toContain(3);
  expect(await priorityKeys(second)).toEqual([2]);
});

test('an escalation takes its steps before what may wait', async () => {
  const number = await openIncident({ impact: 1, urgency: 2 });
  await toldOf(number, 'paged');
  const escalation = await system.client.workflow.getHandle(`${number}/1/0`).describe();
  expect(escalation.priority?.priorityKey).toBe(2);
});
