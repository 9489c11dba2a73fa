import { isIdentified, methodsAt, methodsOfUser } from '../db/contactMethods.ts';
import { countOutcomes } from '../db/inbound.ts';
import type { ContactMethod } from '../db/contactMethods.ts';
import { findPage, sentTo } from '../db/pageAnswers.ts';
import { DAY, HOUR } from '../domain/time.ts';
import { replyCode } from './answers.ts';
import type { Engine } from './engine.ts';
import type { Disregard } from './inbound.ts';
import { isActive } from './pageAnswers.ts';

/** Who answers, and why that is to have no effect. */
export interface Sender {
  readonly person: string | null;
  readonly disregard: Disregard | null;
}

const nobody: Sender = { person: null, disregard: 'unknownPerson' };

/** A page to one person is theirs alone; one to a place that many read is answered by any of its readers who can be told. @param known by which methods whoever pressed can be told */
async function whoPressed(
  engine: Engine,
  receiver: string | null,
  known: readonly ContactMethod[],
): Promise<Sender> {
  const policy = await engine.policies.active(engine.pool);
  const all = [...new Set(known.map(({ person }) => person))];
  const people = all.filter((person) => isActive(policy, person));
  const [person] = people;
  if (receiver !== null) {
    if (people.includes(receiver)) return { person: receiver, disregard: null };
    return { person: person ?? null, disregard: 'notTheirs' };
  }
  return person === undefined || people.length > 1 ? nobody : { person, disregard: null };
}

async function personOf(engine: Engine, key: string): Promise<string | null> {
  return (await findPage(engine.pool, key))?.person ?? null;
}

/** Who pressed a button in Slack: the person who verified that Slack user as a way to reach them. */
export async function slackSender(engine: Engine, key: string, user: string): Promise<Sender> {
  const known = await methodsAt(engine.pool, 'slack', user);
  return whoPressed(engine, await personOf(engine, key), known);
}

/**
 * Who pressed a button in Mattermost: the person who said "This is me" there. Of a page to one person who never did it is that person: it came by
 * their own hook.
 */
export async function mattermostSender(engine: Engine, key: string, user: string): Promise<Sender> {
  const receiver = await personOf(engine, key);
  if (receiver !== null && !(await isIdentified(engine.pool, 'mattermost', receiver))) {
    return { person: receiver, disregard: null };
  }
  return whoPressed(engine, receiver, await methodsOfUser(engine.pool, 'mattermost', user));
}

/** Who pressed a key in what was sent to one person alone. In what many read nobody can be told. */
export async function receiverOf(engine: Engine, key: string): Promise<Sender> {
  const receiver = await personOf(engine, key);
  return receiver === null ? nobody : { person: receiver, disregard: null };
}

/** How far back a reply can answer, and among how many pages. */
const REPLIES_WITHIN = DAY;
const MOST_PAGES = 500;
/** A code has six digits: whoever forges a number must not get to try them. */
const MOST_WRONG_AN_HOUR = 10;

/**
 * Which page a reply by SMS answers. The number that it comes from proves nothing: the code, which only that page's receiver has read, does.
 * @param secret PROVISOR_SECRET
 */
export async function smsSender(
  engine: Engine,
  secret: string,
  from: string,
  code: string,
): Promise<Sender & { readonly effectKey: string | null }> {
  const { pool } = engine;
  const now = engine.clock();
  const people = (await methodsAt(pool, 'sms', from)).map(({ person }) => person);
  const person = people[0] ?? null;
  if (person === null) return { ...nobody, effectKey: null };
  const wrong = await countOutcomes(pool, people, 'wrongCode' satisfies Disregard, now - HOUR);
  if (wrong >= MOST_WRONG_AN_HOUR) {
    return { person, effectKey: null, disregard: 'tooManyWrongCodes' };
  }
  const keys = await sentTo(pool, people, 'sms', now - REPLIES_WITHIN, MOST_PAGES);
  const effectKey = keys.find((key) => replyCode(secret, key) === code);
  const page = effectKey === undefined ? undefined : await findPage(pool, effectKey);
  if (page === undefined) return { person, effectKey: null, disregard: 'wrongCode' };
  return { person: page.person, effectKey: page.effectKey, disregard: null };
}
