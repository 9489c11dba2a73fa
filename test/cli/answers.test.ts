import { findRecord } from '../../db/records.ts';
import { systemActor } from '../../domain/actor.ts';
import { commit } from '../../records/commit.ts';
import { pageAnswers } from '../../records/pageAnswers.ts';
import { startApi } from '../api/support.ts';
import type { TestApi } from '../api/support.ts';
import { docsTable } from '../helpers/docsTable.ts';
import { provisor } from './support.ts';

let api: TestApi;
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  api = await startApi();
  env = { PROVISOR_URL: api.url, PROVISOR_KEY: await api.key('ann', ['resolver']) };
});
afterAll(() => api.stop());

/** An incident with a page to ann. */
async function paged(): Promise<string> {
  const number = await api.open();
  const page = { escalation: 'e', rule: 'r', round: 0, people: ['ann'] };
  const request = { actor: systemActor('e', 'main'), now: Date.now() };
  await commit(api.engine, number, 'page', page, request);
  return number;
}

/** A command line of the docs, as a shell splits it. */
function argumentsOf(line: string, number: string): string[] {
  const parts =
    line
      .replaceAll('`', '')
      .replace('INC-1042', number)
      .match(/"[^"]*"|\S+/g) ?? [];
  return parts.slice(1).map((part) => part.replaceAll('"', ''));
}

const answers = docsTable('on-call.md', 'answer', 'on the page', 'command line');

/** What each answer leaves behind. */
const results: Readonly<Record<(typeof pageAnswers)[number], object>> = {
  acknowledge: { fields: { answeredBy: 'ann' } },
  snooze: { fields: { answeredBy: 'ann', snoozed: true } },
  escalate: { fields: { escalateAnyway: true } },
  take: { state: 'assigned', fields: { team: 'operations', assignee: 'ann' } },
  assign: { state: 'assigned', fields: { team: 'network', assignee: null } },
  note: { state: 'new', seq: 3 },
  resolve: { state: 'resolved', fields: { answeredBy: 'ann' } },
};

test('docs/on-call.md has a command line for every answer to a page', () => {
  expect([...answers.keys()]).toEqual([...pageAnswers]);
});

test.each(pageAnswers)('a page is answered from the command line: %s', async (answer) => {
  const number = await paged();
  const [, line = ''] = answers.get(answer) ?? [];
  const { code, out, err } = await provisor(argumentsOf(line, number), env);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toContain(number);
  expect(await findRecord(api.pool, number)).toMatchObject(results[answer]);
});

test('an answer that comes too late says what is possible, and changes nothing', async () => {
  const number = await paged();
  await provisor(['incident', 'acknowledge', number], env);
  const { code, out, err } = await provisor(['incident', 'acknowledge', number], env);
  expect({ code, out }).toEqual({ code: 5, out: '' });
  expect(err).toContain('it is acknowledged already: nothing is left to do');
  expect((await findRecord(api.pool, number))?.seq).toBe(3);
});
