import { findLink, storeLink } from '../db/links.ts';
import type { ActionLink } from '../db/links.ts';
import { inTransaction } from '../db/pool.ts';
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
import { answerPage, isActive, standingOf } from './pageAnswers.ts';
import type { PageAnswer, Standing, Written } from './pageAnswers.ts';
import { textsOf } from './read.ts';

export type NewLink = Omit<ActionLink, 'id' | 'during'>;

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
  /** What it can be answered with now. */
  readonly offers: readonly PageAnswer[];
}

type NoLink =
  { readonly kind: 'expired' } | { readonly kind: 'invalid' } | { readonly kind: 'notAllowed' };

/** How a link stands. */
export type LinkReading =
  NoLink | { readonly kind: Standing['kind']; readonly subject: LinkSubject };

/** What came of using a link; the subject is as it is after it. */
export type LinkOutcome =
  | NoLink
  | { readonly kind: 'over' | 'overtaken'; readonly subject: LinkSubject }
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
 * Makes the link with which one person answers one message. Every attempt at an effect gets the same.
 * @param secret PROVISOR_SECRET
 * @returns the token, for `/a/{token}`
 */
export async function createLink(engine: Engine, secret: string, link: NewLink): Promise<string> {
  const id = linkId(secret, link.effectKey);
  const expiresAt = Math.floor(link.expiresAt / SECOND) * SECOND;
  await storeLink(engine.pool, { ...link, id, expiresAt });
  return linkToken(secret, id, expiresAt);
}

function nameOf(policy: Policy, person: string): string {
  return entry(policy.body.people, person)?.name ?? person;
}

async function subjectOf(
  engine: Engine,
  record: RecordState,
  link: ActionLink,
  policy: Policy,
  standing: Standing,
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
    offers: standing.kind === 'open' ? standing.offers : [],
  };
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
  const standing = await standingOf(engine, engine.pool, record, link, policy, now);
  return { kind: standing.kind, subject: await subjectOf(engine, record, link, policy, standing) };
}

/**
 * Answers with a link, in each way once, as the person whom it was sent to, if the policy in force still has that person as active.
 * @param now the machine's clock: a link expires in real time
 * @throws faults only (PostgreSQL away): the link was not used then, or was and says so the next time
 */
export async function useLink(
  engine: Engine,
  secret: string,
  token: string,
  { answer, written = {} }: { readonly answer: PageAnswer; readonly written?: Written },
  now: Instant,
): Promise<LinkOutcome> {
  const verified = verifyToken(secret, token, now);
  if (typeof verified === 'string') return { kind: verified };
  const link = await findLink(engine.pool, verified.id);
  if (link === undefined) return { kind: 'invalid' };
  const answered = await inTransaction(engine.pool, (tx) =>
    answerPage(engine, tx, link, answer, written, now),
  );
  if (answered.kind === 'given') engine.onWake();
  const after = await readLink(engine, secret, token, now);
  if (!('subject' in after)) return after;
  const { subject } = after;
  switch (answered.kind) {
    case 'given':
    case 'used':
      return { kind: answered.kind, answer, subject };
    case 'over':
    case 'overtaken':
      return { kind: answered.kind, subject };
    case 'refused':
      return { kind: 'refused', issues: answered.issues, answer, written, subject };
    case 'notAllowed':
      return { kind: 'notAllowed' };
    case 'notThere':
      return { kind: 'invalid' };
  }
}
