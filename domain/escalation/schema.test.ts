import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse } from 'yaml';
import { escalationPolicy } from '../../test/helpers/escalation.ts';
import type { EscalationInput } from '../../test/helpers/escalation.ts';
import { parsePolicy, parseStoredPolicy } from '../policy.ts';
import type { PolicyInput } from '../policy.ts';
import { HOUR, MINUTE } from '../time.ts';
import { escalationSchema } from './schema.ts';

const root = resolve(import.meta.dirname, '../..');

function withEscalation(change: Partial<Record<keyof EscalationInput, unknown>>): unknown {
  const { standard } = escalationPolicy.escalations;
  return { ...escalationPolicy, escalations: { standard: { ...standard, ...change } } };
}

function issuesOf(data: unknown): string[] {
  const result = parsePolicy(data);
  if (result.ok || result.error.kind !== 'invalid') return [];
  return result.error.issues.map(({ pointer, detail }) => `${pointer}: ${detail}`);
}

test('an escalation of steps, repeats and priorities alone gets the defaults of the rest', () => {
  const { standard } = escalationPolicy.escalations;
  expect(escalationSchema.parse(standard)).toEqual({
    priorities: [1, 2],
    steps: [
      { to: [{ person: 'ann' }], wait: 5 * MINUTE, acknowledgedBy: 1 },
      { to: [{ team: 'operations', roundRobin: false }], wait: 10 * MINUTE, acknowledgedBy: 1 },
    ],
    repeat: 1,
    whenExhausted: { tell: [], every: 30 * MINUTE },
  });
});

const examples = readdirSync(`${root}/policies`).filter((file) => file.endsWith('.yaml'));

test.each([...examples.map((file) => `policies/${file}`), 'demo/policy.yaml'])(
  '%s is accepted',
  (file) => {
    expect(issuesOf(parse(readFileSync(`${root}/${file}`, 'utf8')))).toEqual([]);
  },
);

test('the example of docs/policies.md is accepted', () => {
  const [example] =
    /(?<=^```yaml\n)[^`]+/m.exec(readFileSync(`${root}/docs/policies.md`, 'utf8')) ?? [];
  const { people, services, channels, escalations } = parse(example ?? '') as PolicyInput;
  const data = {
    ...escalationPolicy,
    people: { ...escalationPolicy.people, ...people },
    services: { ...escalationPolicy.services, ...services },
    channels,
    escalations: { ...escalationPolicy.escalations, ...escalations },
  };
  expect(issuesOf(data)).toEqual([]);
  expect(Object.keys(escalations)).toEqual(['careful']);
});

test('every option together is accepted', () => {
  const data = withEscalation({
    steps: [
      { name: 'first', to: [{ schedule: 'primary' }, { channel: 'ops' }], wait: '5m' },
      {
        to: [{ team: 'operations', roundRobin: true }],
        wait: '10m',
        acknowledgedBy: 2,
        when: {
          priorities: [1],
          weekdays: ['saturday', 'sunday'],
          timeZone: 'Europe/Berlin',
          open: 'always',
          closed: 'office',
          workingHours: true,
        },
        jumpTo: { step: 'first', times: 3 },
      },
    ],
    catchAll: { to: [{ schedule: 'primary' }, { person: 'lea' }], wait: '5m' },
    whenExhausted: { tell: [{ person: 'lea' }], every: '1h' },
    rePageAfter: '20m',
  });
  expect(issuesOf(data)).toEqual([]);
  const parsed = parsePolicy(data);
  expect(parsed.ok && parsed.value.escalations['standard']?.whenExhausted.every).toBe(HOUR);
});

const at = '/escalations/standard';

test.each<[string, Parameters<typeof withEscalation>[0], string]>([
  [
    'a jump to an unknown step',
    { steps: [{ name: 'first', to: [{ person: 'ann' }], wait: '5m', jumpTo: 'frist' }] },
    `${at}/steps/0/jumpTo: "frist" is no step of this escalation, which names: first`,
  ],
  [
    'two steps of one name',
    {
      steps: [
        { name: 'first', to: [{ person: 'ann' }], wait: '5m' },
        { name: 'first', to: [], wait: '5m' },
      ],
    },
    `${at}/steps/1/name: "first" names another step too`,
  ],
  [
    'a jump to itself without a wait',
    {
      steps: [{ name: 'first', to: [{ person: 'ann' }], wait: '0s', jumpTo: 'first' }],
      repeat: 0,
    },
    `${at}/steps/0/jumpTo: leads back here from "first" without a wait: give a step on the way one, or it pages without end`,
  ],
  [
    'a way round without a wait that another jump makes',
    {
      steps: [
        { name: 'first', to: [{ person: 'ann' }], wait: '0s', jumpTo: 'last' },
        { to: [], wait: '5m' },
        { name: 'last', to: [], wait: '0s', jumpTo: 'first' },
      ],
      repeat: 0,
    },
    `${at}/steps/2/jumpTo: leads back here from "first" without a wait: give a step on the way one, or it pages without end`,
  ],
  [
    'a way round without a wait that is left once a jump forward is used up',
    {
      steps: [
        { name: 'first', to: [{ person: 'ann' }], wait: '0s' },
        { to: [], wait: '0s', jumpTo: 'late' },
        { to: [], wait: '0s', jumpTo: 'first' },
        { name: 'late', to: [], wait: '5m' },
      ],
      repeat: 0,
    },
    `${at}/steps/2/jumpTo: leads back here from "first" without a wait: give a step on the way one, or it pages without end`,
  ],
  [
    'repeats past a wait that a jump passes over',
    {
      steps: [
        { to: [{ person: 'ann' }], wait: '0s', jumpTo: 'last' },
        { to: [], wait: '5m' },
        { name: 'last', to: [], wait: '0s' },
      ],
    },
    `${at}: repeats without a wait: give at least one step a wait, or it pages without end`,
  ],
  [
    'an unknown channel',
    { steps: [{ to: [{ channel: 'opps' }], wait: '5m' }] },
    `${at}/steps/0/to/0: "opps" is not in channels, which has: ops`,
  ],
  [
    'an unknown calendar of a condition',
    { steps: [{ to: [{ person: 'ann' }], wait: '5m', when: { closed: 'nights' } }] },
    `${at}/steps/0/when/closed: "nights" is not in calendars, which has: always, office`,
  ],
  [
    'an unknown person of a step',
    { steps: [{ to: [{ person: 'ann' }, { person: 'zoe' }], wait: '5m' }] },
    `${at}/steps/0/to/1: "zoe" is not in people, which has: ann, bob, lea, gone, cem`,
  ],
  [
    'an unknown person to page after the last step',
    { catchAll: { to: [{ person: 'ann' }, { person: 'zoe' }] } },
    `${at}/catchAll/to/1: "zoe" is not in people, which has: ann, bob, lea, gone, cem`,
  ],
  [
    'an unknown person to tell',
    { whenExhausted: { tell: [{ person: 'zoe' }] } },
    `${at}/whenExhausted/tell/0: "zoe" is not in people, which has: ann, bob, lea, gone, cem`,
  ],
  [
    'weekdays of no time zone',
    { steps: [{ to: [{ person: 'ann' }], wait: '5m', when: { weekdays: ['monday'] } }] },
    `${at}/steps/0/when/timeZone: goes together with "weekdays": give both, or neither`,
  ],
  [
    'a time zone that does not exist',
    {
      steps: [{ to: [], wait: '5m', when: { weekdays: ['monday'], timeZone: 'Europe/Atlantis' } }],
    },
    `${at}/steps/0/when/timeZone: "Europe/Atlantis" is no IANA time zone; write one such as "Europe/Berlin"`,
  ],
  [
    'a channel as the catch-all',
    { catchAll: { to: [{ channel: 'ops' }] } },
    `${at}/catchAll/to/0: must be {person: name}, {team: name} or {schedule: name}`,
  ],
  [
    'a catch-all that is a schedule alone',
    { catchAll: { to: [{ schedule: 'primary' }] } },
    `${at}/catchAll/to: must name an active person, or a team with an active member: a schedule may have nobody on call`,
  ],
  [
    'a catch-all of a person who is not active, and a team of nobody',
    { catchAll: { to: [{ person: 'gone' }, { team: 'empty' }] } },
    `${at}/catchAll/to: must name an active person, or a team with an active member: a schedule may have nobody on call`,
  ],
  [
    'steps without a catch-all that reach somebody only at times',
    { steps: [{ to: [{ person: 'ann' }], wait: '5m', when: { priorities: [1] } }] },
    `${at}: may reach nobody: add a "catchAll" with an active person, or a team with an active member`,
  ],
  [
    'steps without a catch-all of which the only one with people may be jumped over',
    {
      steps: [
        { to: [], wait: '5m', jumpTo: 'last' },
        { to: [{ person: 'ann' }], wait: '5m' },
        { name: 'last', to: [], wait: '5m' },
      ],
    },
    `${at}: may reach nobody: add a "catchAll" with an active person, or a team with an active member`,
  ],
  [
    'steps without a catch-all that page a channel and a schedule',
    { steps: [{ to: [{ channel: 'ops' }, { schedule: 'primary' }], wait: '5m' }] },
    `${at}: may reach nobody: add a "catchAll" with an active person, or a team with an active member`,
  ],
  [
    'a step that needs the acknowledgements of more people than it names',
    {
      steps: [
        {
          to: [{ person: 'ann' }, { person: 'ann' }, { person: 'gone' }],
          wait: '5m',
          acknowledgedBy: 2,
        },
      ],
    },
    `${at}/steps/0/acknowledgedBy: must be at most 1: the step names no more active people than that`,
  ],
  [
    'an escalation that begins anew every few seconds',
    { whenExhausted: { every: '5s' } },
    `${at}/whenExhausted/every: must be at least 1m`,
  ],
])('%s is refused, and its place is named', (_, change, issue) => {
  expect(issuesOf(withEscalation(change))).toEqual([issue]);
});

test('a catch-all of a team whose members are not active is refused, and its place is named', () => {
  const former = { name: 'Former', members: ['gone'] };
  const catchAll = { to: [{ team: 'former' }] };
  const data = withEscalation({ catchAll }) as PolicyInput;
  expect(issuesOf({ ...data, teams: { ...data.teams, former } })).toEqual([
    `${at}/catchAll/to: must name an active person, or a team with an active member: a schedule may have nobody on call`,
  ]);
});

test('a stored policy whose escalation can reach nobody stays readable, for it was accepted once', () => {
  const data = withEscalation({ steps: [{ to: [{ person: 'gone' }], wait: '5m' }] });
  expect(parsePolicy(data).ok).toBe(false);
  expect(parseStoredPolicy(data).ok).toBe(true);
});
