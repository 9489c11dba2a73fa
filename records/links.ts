import { findLink, spendLink, storeLink } from '../db/links.ts';
import type { ActionLink } from '../db/links.ts';
import { inTransaction } from '../db/pool.ts';
import type { Queryable } from '../db/pool.ts';
import { findRecord, lockRecord } from '../db/records.ts';
import type { Actor } from '../domain/actor.ts';
import { decide } from '../domain/decide.ts';
import type { DomainError } from '../domain/errors.ts';
import { serviceOf } from '../domain/policy.ts';
import type { Policy } from '../domain/policy.ts';
import type { RecordState } from '../domain/process.ts';
import { SECOND } from '../domain/time.ts';
import type { Instant } from '../domain/time.ts';
import { commitIn } from './commit.ts';
import { endedBy } from './endedBy.ts';
import type { Engine } from './engine.ts';
import { processOf } from './engine.ts';
import { linkId, linkToken, verifyToken } from './linkToken.ts';
import { textsOf } from './read.ts';

export interface NewLink {
  readonly effectKey: string;
  readonly number: string;
  readonly organisation: string;
  /** Who may answer with it. */
  readonly person: string;
  readonly command: 'acknowledge';
  readonly expiresAt: Instant;
}

/** What a link is about, for the page behind it. */
export interface LinkSubject {
  readonly number: string;
  readonly title: string;
  readonly priority: number | null;
  readonly state: string;
  /** What the state means, in the definition's words. */
  readonly stateMeans: string;
  readonly service: string;
  readonly openedAt: Instant;
  /** The name of the person whom the link was sent to. */
  readonly person: string;
  /** Who acknowledged the record, by name, and when. */
  readonly answer: { readonly by: string; readonly at: Instant } | null;
}

type NoLink =
  { readonly kind: 'expired' } | { readonly kind: 'invalid' } | { readonly kind: 'notAllowed' };

/** `alreadyDone`: nothing is left to do; `used`: this very link was used before; `overtaken`: what it answers is over, and an answer is asked for anew. */
type Standing = 'ready' | 'alreadyDone' | 'used' | 'overtaken';

/** How a link stands before anybody used it. */
export type LinkReading = NoLink | { readonly kind: Standing; readonly subject: LinkSubject };

/** What came of using a link. */
export type LinkOutcome =
  | NoLink
  | {
      readonly kind: 'acknowledged' | Exclude<Standing, 'ready'>;
      readonly subject: LinkSubject;
    };

/**
 * Makes the link with which one person answers one message, once. Every attempt at an effect gets the same.
 * @param secret PROVISOR_SECRET
 * @returns the token, for `/a/{token}`
 */
export async function createLink(engine: Engine, secret: string, link: NewLink): Promise<string> {
  const id = linkId(secret, link.effectKey);
  const expiresAt = Math.floor(link.expiresAt / SECOND) * SECOND;
  await storeLink(engine.pool, { ...link, id, expiresAt });
  return linkToken(secret, id, expiresAt);
}

/** What a link gives while its person is active: to answer as one who works on records, of the organisation that the record belongs to. */
function actorOf(link: ActionLink): Actor {
  return { kind: 'person', id: link.person, roles: ['resolver'], organisation: link.organisation };
}

function isActive(policy: Policy, person: string): boolean {
  return Object.hasOwn(policy.body.people, person) && policy.body.people[person]?.active === true;
}

function nameOf(policy: Policy, person: string): string {
  return policy.body.people[person]?.name ?? person;
}

async function subjectOf(
  engine: Engine,
  record: RecordState,
  link: ActionLink,
  policy: Policy,
): Promise<LinkSubject> {
  const { title, priority, service, answeredBy, answeredAt } = record.fields;
  const texts = await textsOf(engine, [record.number], title);
  const answered = typeof answeredBy === 'string' && typeof answeredAt === 'number';
  return {
    number: record.number,
    title: texts.get(String(title)) ?? '',
    priority: typeof priority === 'number' ? priority : null,
    state: record.state,
    stateMeans: processOf(engine, record.process).states[record.state] ?? '',
    service: serviceOf(policy, typeof service === 'string' ? service : null).service.name,
    openedAt: record.openedAt,
    person: nameOf(policy, link.person),
    answer: answered ? { by: nameOf(policy, answeredBy), at: answeredAt } : null,
  };
}

/** How a link stands: it answers only the round of pages that it came with, not one that began after a reopening or a rise. */
async function standingOf(
  engine: Engine,
  db: Queryable,
  record: RecordState,
  link: ActionLink,
  policy: Policy,
  now: Instant,
): Promise<Standing> {
  if (link.usedAt !== null) return 'used';
  const process = processOf(engine, record.process);
  const would = decide(process, record, link.command, {}, actorOf(link), policy, now);
  if (!would.ok) return 'alreadyDone';
  const { effectKey: key, during } = link;
  const ended = await endedBy(engine, db, record, { key, during });
  return ended === undefined ? 'ready' : 'overtaken';
}

/** Looks at a link and changes nothing: mail scanners fetch every address that they find. */
export async function readLink(
  engine: Engine,
  secret: string,
  token: string,
  now: Instant,
): Promise<LinkReading> {
  const verified = verifyToken(secret, token, now);
  if (typeof verified === 'string') return { kind: verified };
  const link = await findLink(engine.pool, verified.id);
  const record = link && (await findRecord(engine.pool, link.number));
  if (link === undefined || record === undefined) return { kind: 'invalid' };
  const policy = await engine.policies.active(engine.pool);
  if (!isActive(policy, link.person)) return { kind: 'notAllowed' };
  const subject = await subjectOf(engine, record, link, policy);
  return { kind: await standingOf(engine, engine.pool, record, link, policy, now), subject };
}

type Use = Exclude<LinkOutcome['kind'], 'expired'>;

/** A refusal is no error here: that a record needs no answer any more is good news. */
function outcomeOf(error: DomainError): Use {
  switch (error.kind) {
    case 'refused':
    case 'wrongState':
      return 'alreadyDone';
    case 'forbidden':
      return 'notAllowed';
    case 'notFound':
    case 'invalid':
    case 'stale':
    case 'keyReused':
      return 'invalid';
  }
}

/** @param tx spending the link and the command are one transaction: neither happens without the other */
async function spend(engine: Engine, tx: Queryable, id: string, now: Instant): Promise<Use> {
  const link = await findLink(tx, id);
  // Locked, so that it cannot be reopened between the look at its round and the answer.
  const record = link && (await lockRecord(tx, link.number))?.record;
  if (link === undefined || record === undefined) return 'invalid';
  const policy = await engine.policies.active(tx);
  if (!isActive(policy, link.person)) return 'notAllowed';
  if ((await standingOf(engine, tx, record, link, policy, now)) === 'overtaken') return 'overtaken';
  if (!(await spendLink(tx, id, now))) return 'used';
  const request = { actor: actorOf(link), now, commandId: `link/${id}` };
  const committed = await commitIn(engine, tx, link.number, link.command, {}, request);
  return committed.ok ? 'acknowledged' : outcomeOf(committed.error);
}

/**
 * Answers with a link, once: acknowledges the record as the person whom the link was sent to, if the policy in force still has that person as active.
 * @param now the machine's clock: a link expires in real time
 * @throws faults only (PostgreSQL away): the link was not used then, or was and says so the next time
 */
export async function useLink(
  engine: Engine,
  secret: string,
  token: string,
  now: Instant,
): Promise<LinkOutcome> {
  const verified = verifyToken(secret, token, now);
  if (typeof verified === 'string') return { kind: verified };
  const use = await inTransaction(engine.pool, (tx) => spend(engine, tx, verified.id, now));
  if (use === 'acknowledged') engine.onWake();
  if (use === 'invalid' || use === 'notAllowed') return { kind: use };
  const link = await findLink(engine.pool, verified.id);
  const record = link && (await findRecord(engine.pool, link.number));
  if (link === undefined || record === undefined) return { kind: 'invalid' };
  const policy = await engine.policies.active(engine.pool);
  return { kind: use, subject: await subjectOf(engine, record, link, policy) };
}
