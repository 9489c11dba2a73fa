import type { ApiDeps } from '../../api/deps.ts';
import type { OutboundMessage } from '../../channels/channel.ts';
import type { StoredEvent } from '../../db/events.ts';
import { readEvents } from '../../db/events.ts';
import { storeKey } from '../../db/keys.ts';
import type { ChannelKind } from '../../domain/channelKinds.ts';
import type { PolicyInput } from '../../domain/policy.ts';
import { DAY, MINUTE, toIso } from '../../domain/time.ts';
import type { Instant } from '../../domain/time.ts';
import { callApi, listen, quietDeps } from '../api/support.ts';
import type { Answer } from '../api/support.ts';
import { verifiedMethod } from './contactMethods.ts';
import { usePolicy } from './database.ts';
import { fastForward } from './fastForward.ts';
import { startTestSystem, testSecret, until } from './system.ts';
import type { TestSystem } from './system.ts';

/** Who acts in these tests, with the roles of their keys. */
const keys = {
  ann: ['resolver'],
  bob: ['resolver'],
  cem: ['resolver'],
  lea: ['manager', 'admin'],
} as const;
export type Who = keyof typeof keys;

type EscalationInput = PolicyInput['escalations'][string];

/** The whole system with its API: people act by HTTP, time passes by fast-forwarding workflows, and messages are collected. */
export interface OnCallStage {
  readonly system: TestSystem;
  readonly url: string;
  call(who: Who, method: string, path: string, body?: object): Promise<Answer>;
  /** The same; what is refused fails the test. */
  done(who: Who, method: string, path: string, body?: object): Promise<Answer['body']>;
  /** Puts a policy in force whose only escalation is this one. @param others parts of the policy that are other than the test policy's */
  escalateBy(escalation: Partial<EscalationInput>, others?: Partial<PolicyInput>): Promise<string>;
  /** Gives a person a way to be reached that counts as verified. @returns its id */
  method(person: string, kind: ChannelKind, address?: string): Promise<string>;
  /** Opens an incident that pages. @returns its number */
  open(input?: object): Promise<string>;
  give(who: Who, number: string, command: string, input?: object): Promise<void>;
  eventsOf(number: string, type: string): Promise<readonly StoredEvent[]>;
  /** What was sent about a record, of one kind: `paged`, `acknowledged` … */
  sent(number: string, type?: string): readonly TestSystem['sent'][number][];
  /** Whom the record's pages reached, in order: `Ann by email`. */
  pages(number: string): readonly string[];
  /** Waits until so many pages of a record were sent. @returns whom they reached */
  untilPages(number: string, count: number): Promise<readonly string[]>;
  /** Lets time pass for the escalation that a record began with. */
  passes(number: string, ms: number): Promise<void>;
  stop(): Promise<void>;
}

/** A layer that never changes hands during a test. */
export function always(person: string, now: Instant = Date.now()) {
  const start = toIso(now - 10 * DAY).slice(0, 10);
  return {
    name: `always ${person}`,
    rotation: { kind: 'daily', every: 300, handOver: '12:00' },
    start,
    people: [person],
  };
}

/** Ann until a moment that is a whole minute, and Bob from then on. */
export function handOverAt(at: Instant) {
  return {
    name: 'turns',
    rotation: { kind: 'daily', every: 30, handOver: toIso(at).slice(11, 16) },
    start: toIso(at - 30 * DAY).slice(0, 10),
    people: ['ann', 'bob'],
  };
}

/** A schedule as the API takes it. */
export function schedule(layers: readonly object[], more: object = {}) {
  return { name: 'desk', timeZone: 'UTC', layers, ...more };
}

/** The next whole minute that is at least so far away. */
export function minuteAfter(ms: number, now: Instant = Date.now()): Instant {
  return Math.ceil((now + ms) / MINUTE) * MINUTE;
}

/** How people and providers reach it, by what it says: `url` is where it is. */
export const PUBLIC_URL = 'http://provisor.test';

export interface OnCallStageOptions {
  /** Called before each message counts as sent: it may throw, or wait. */
  readonly onSend?: (message: OutboundMessage, channel: ChannelKind) => Promise<void> | void;
  /** What providers sign their call-backs with. */
  readonly providers?: ApiDeps['providers'];
}

export async function startOnCallStage({
  onSend,
  providers = {},
}: OnCallStageOptions = {}): Promise<OnCallStage> {
  const system = await startTestSystem(onSend === undefined ? {} : { onSend });
  const { engine, database, client } = system;
  const { pool } = database;
  const { server, url } = await listen(
    quietDeps(engine, { secret: testSecret, publicUrl: PUBLIC_URL, providers }),
  );
  const secretOf = (who: string) => `prv_${who}_${'0'.repeat(30)}`;
  for (const [holder, roles] of Object.entries(keys)) {
    const key = {
      id: `key_${holder}`,
      kind: 'person',
      holder,
      roles,
      organisation: 'main',
    } as const;
    await storeKey(pool, { ...key, secret: secretOf(holder), createdBy: 'test' }, Date.now());
  }

  const call: OnCallStage['call'] = (who, method, path, body) =>
    callApi(url, method, path, { key: secretOf(who), ...(body === undefined ? {} : { body }) });
  const done: OnCallStage['done'] = async (who, method, path, body) => {
    const answer = await call(who, method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const sent: OnCallStage['sent'] = (number, type = 'paged') =>
    system.sent.filter(
      ({ event }) => event.subject === number && event.type === `provisor.incident.${type}.v1`,
    );
  const pages: OnCallStage['pages'] = (number) =>
    sent(number).map(({ person: { name }, channel }) => `${name} by ${channel}`);

  return {
    system,
    url,
    call,
    done,
    sent,
    pages,
    escalateBy: (escalation, others = {}) =>
      usePolicy(pool, (policy) => ({
        ...policy,
        people: { ...policy.people, cem: { name: 'Cem', email: 'cem@example.org' } },
        escalations: {
          standard: {
            priorities: [1, 2],
            steps: [{ to: [{ team: 'operations' }], wait: '10m' }],
            ...escalation,
          },
        },
        ...others,
      })),
    method: (person, kind, address = 'somewhere') => verifiedMethod(pool, person, kind, address),
    async open(input = {}) {
      const body = { title: 'Shop is down', impact: 1, urgency: 1, service: 'shop', ...input };
      return String((await done('lea', 'POST', '/api/v1/incidents', body))['number']);
    },
    async give(who, number, command, input = {}) {
      await done(who, 'POST', `/api/v1/incidents/${number}/${command}`, input);
    },
    eventsOf: async (number, type) =>
      (await readEvents(pool, number)).filter((event) => event.type === type),
    async untilPages(number, count) {
      await until(`${count} pages of ${number}`, () => pages(number).length >= count);
      return pages(number);
    },
    passes: (number, ms) => fastForward(client, `${number}/1/0`, ms),
    async stop() {
      server.closeAllConnections();
      server.close();
      await system.stop();
    },
  };
}
