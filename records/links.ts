import { createHash } from 'node:crypto';
import { bindLink, findLink, lockLink } from '../db/links.ts';
import type { ActionLink, NewLink } from '../db/links.ts';
import { answersGiven } from '../db/pageAnswers.ts';
import type { GivenAnswer } from '../db/pageAnswers.ts';
import { inTransaction } from '../db/pool.ts';
import type { Queryable } from '../db/pool.ts';
import { findRecord } from '../db/records.ts';
import type { InputIssue } from '../domain/errors.ts';
import { entry, serviceOf } from '../domain/policy.ts';
import type { Policy } from '../domain/policy.ts';
import type { RecordState } from '../domain/process.ts';
import { SECOND } from '../domain/time.ts';
import type { Instant } from '../domain/time.ts';
import type { Engine } from './engine.ts';
import { processOf } from './engine.ts';
import { linkId, linkToken, verifyToken } from './linkToken.ts';
import { ownersOf } from './owners.ts';
import type { OwnerTeam } from './owners.ts';
import { answerPage, isActive, standingOf } from './pageAnswers.ts';
import type { Answered, PageAnswer, Standing, Written } from './pageAnswers.ts';
import { textsOf } from './read.ts';

/** Who answers which message, and until when. */
export type LinkAddressee = Omit<NewLink, 'id' | 'answer'>;

/** The links of one message: their tokens, for `/a/{token}`, and what is to be stored of them. */
export interface PageLinks {
  /** Acknowledges, and gives no other answer. */
  readonly acknowledge: string;
  /** Gives every answer to the page. */
  readonly answer: string;
  readonly stored: readonly NewLink[];
}

/** A link as somebody opens it. */
export interface OpenedLink {
  readonly token: string;
  /** A secret by which the browser that opens it is known again. */
  readonly browser: string;
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
  /** The name of who owns it. */
  readonly assignee: string | null;
  /** Who acknowledged the record, by name, and when. */
  readonly answer: { readonly by: string; readonly at: Instant } | null;
  /** The one answer that the link gives; null: every answer to its page. */
  readonly gives: string | null;
  /** What the page was answered with so far, by its person. */
  readonly given: readonly GivenAnswer[];
  /** What it can be answered with now. */
  readonly offers: readonly PageAnswer[];
  /** Whom it can be given to, if that is offered. */
  readonly owners: readonly OwnerTeam[];
}

type NoLink =
  { readonly kind: 'expired' } | { readonly kind: 'invalid' } | { readonly kind: 'notAllowed' };

/** How a link stands. `elsewhere`: it was used in another browser, and answers only there. */
export type LinkReading =
  NoLink | { readonly kind: Standing['kind'] | 'elsewhere'; readonly subject: LinkSubject };

/** What came of using a link; the subject is as it is after it. */
export type LinkOutcome =
  | NoLink
  | {
      readonly kind: Standing['kind'] | 'elsewhere' | 'notOffered';
      readonly subject: LinkSubject;
    }
  | {
      readonly kind: 'given' | 'used';
      readonly answer: PageAnswer;
      readonly subject: LinkSubject;
    }
  | {
      readonly kind: 'refused';
      readonly answer: PageAnswer;
      readonly issues: readonly InputIssue[];
      readonly written: Written;
      readonly subject: LinkSubject;
    };

/**
 * Makes the links with which one person answers one message; they open nothing until they are stored. Every attempt at an effect gets the same.
 * @param secret PROVISOR_SECRET
 */
export function pageLinks(secret: string, to: LinkAddressee): PageLinks {
  const expiresAt = Math.floor(to.expiresAt / SECOND) * SECOND;
  const linkFor = (answer: PageAnswer | null) => ({
    ...{ ...to, expiresAt, answer },
    id: linkId(secret, to.effectKey, answer),
  });
  const [acknowledge, answer] = [linkFor('acknowledge'), linkFor(null)];
  return {
    acknowledge: linkToken(secret, acknowledge.id, expiresAt),
    answer: linkToken(secret, answer.id, expiresAt),
    stored: [acknowledge, answer],
  };
}

function hashOf(browser: string): Buffer {
  return createHash('sha256').update(browser, 'utf8').digest();
}

function isUsedElsewhere({ usedBy }: ActionLink, browser: string): boolean {
  return usedBy !== null && !usedBy.equals(hashOf(browser));
}

function nameOf(policy: Policy, person: string): string {
  return entry(policy.body.people, person)?.name ?? person;
}

async function subjectOf(
  engine: Engine,
  record: RecordState,
  link: ActionLink,
  policy: Policy,
  offers: readonly PageAnswer[],
): Promise<LinkSubject> {
  const { title, priority, service, assignee, answeredBy, answeredAt } = record.fields;
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
    assignee: typeof assignee === 'string' ? nameOf(policy, assignee) : null,
    answer: answered ? { by: nameOf(policy, answeredBy), at: answeredAt } : null,
    gives: link.answer,
    given: await answersGiven(engine.pool, link.effectKey, link.person),
    offers,
    owners: offers.includes('assign') ? ownersOf(policy) : [],
  };
}

function mayGive({ answer: only }: ActionLink, answer: PageAnswer): boolean {
  return only === null || only === answer;
}

/** Looks at a link and changes nothing: mail scanners fetch every address that they find. */
export async function readLink(
  engine: Engine,
  secret: string,
  { token, browser }: OpenedLink,
  now: Instant,
): Promise<LinkReading> {
  const verified = verifyToken(secret, token, now);
  if (typeof verified === 'string') return { kind: verified };
  const link = await findLink(engine.pool, verified.id);
  const record = link && (await findRecord(engine.pool, link.number));
  if (link === undefined || record === undefined) return { kind: 'invalid' };
  const policy = await engine.policies.active(engine.pool);
  if (!isActive(policy, link.person)) return { kind: 'notAllowed' };
  const standing = await standingOf(engine, engine.pool, record, link, policy, now);
  if (standing.kind !== 'open' || isUsedElsewhere(link, browser)) {
    const kind = standing.kind === 'open' ? 'elsewhere' : standing.kind;
    return { kind, subject: await subjectOf(engine, record, link, policy, []) };
  }
  const offers = standing.offers.filter((answer) => mayGive(link, answer));
  return { kind: 'open', subject: await subjectOf(engine, record, link, policy, offers) };
}

type Used = Answered | { readonly kind: 'elsewhere' | 'notOffered' };

/** The first answer binds the link to its browser, in the same transaction: of two browsers at once one is the first. */
async function answerBy(
  engine: Engine,
  tx: Queryable,
  id: string,
  browser: string,
  { answer, written }: { readonly answer: PageAnswer; readonly written: Written },
  now: Instant,
): Promise<Used> {
  const link = await lockLink(tx, id);
  if (link === undefined) return { kind: 'notThere' };
  if (isUsedElsewhere(link, browser)) return { kind: 'elsewhere' };
  if (!mayGive(link, answer)) return { kind: 'notOffered' };
  const answered = await answerPage(engine, tx, link, { answer, written, via: 'link' }, now);
  if (answered.kind === 'given') await bindLink(tx, id, hashOf(browser));
  return answered;
}

/**
 * Answers with a link, in each way that it gives once, as the person whom it was sent to, if the policy in force still has that person as active. From its
 * first answer on it answers in that browser only, so that a message which was forwarded is worth nothing any more.
 * @param now the machine's clock: a link expires in real time
 * @throws faults only (PostgreSQL away): the link was not used then, or was and says so the next time
 */
export async function useLink(
  engine: Engine,
  secret: string,
  opened: OpenedLink,
  { answer, written = {} }: { readonly answer: PageAnswer; readonly written?: Written },
  now: Instant,
): Promise<LinkOutcome> {
  const verified = verifyToken(secret, opened.token, now);
  if (typeof verified === 'string') return { kind: verified };
  const used = await inTransaction(engine.pool, (tx) =>
    answerBy(engine, tx, verified.id, opened.browser, { answer, written }, now),
  );
  if (used.kind === 'given') engine.onWake();
  const after = await readLink(engine, secret, opened, now);
  if (!('subject' in after)) return after;
  const { subject } = after;
  switch (used.kind) {
    case 'given':
    case 'used':
      return { kind: used.kind, answer, subject };
    case 'over':
    case 'overtaken':
    case 'notOffered':
      return { kind: used.kind, subject };
    case 'elsewhere':
      return after;
    case 'refused':
      return { kind: 'refused', issues: used.issues, answer, written, subject };
    case 'notAllowed':
      return { kind: 'notAllowed' };
    case 'notThere':
      return { kind: 'invalid' };
  }
}
