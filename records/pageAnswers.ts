import { answersGiven, noteAnswer } from '../db/pageAnswers.ts';
import type { SentPage } from '../db/pageAnswers.ts';
import type { Queryable } from '../db/pool.ts';
import { lockRecord } from '../db/records.ts';
import type { Actor } from '../domain/actor.ts';
import { decide } from '../domain/decide.ts';
import type { DomainError, InputIssue } from '../domain/errors.ts';
import { entry } from '../domain/policy.ts';
import type { Policy } from '../domain/policy.ts';
import type { AnyFields, RecordState } from '../domain/process.ts';
import type { Instant } from '../domain/time.ts';
import { answerId } from './answerOrigin.ts';
import type { Via } from './answerOrigin.ts';
import { commitIn } from './commit.ts';
import { endedBy } from './endedBy.ts';
import type { Engine } from './engine.ts';
import { processOf } from './engine.ts';
import { ownerText, parseOwner } from './owners.ts';

/** What one person can answer a page with, from wherever it reached them, in the order in which it is offered. */
export const pageAnswers = [
  'acknowledge',
  'snooze',
  'escalate',
  'take',
  'assign',
  'note',
  'resolve',
] as const;
export type PageAnswer = (typeof pageAnswers)[number];

export function isPageAnswer(text: string): text is PageAnswer {
  return pageAnswers.some((answer) => answer === text);
}

/** A page to one person: an answer to it is bound to that person, its record, and its round of pages. */
export type PersonalPage = Pick<SentPage, 'effectKey' | 'number' | 'organisation' | 'during'> & {
  readonly person: string;
};

/** What a person wrote with an answer; of one button or key there is nothing. */
export interface Written {
  /** How long to be left alone, to snooze. */
  readonly minutes?: number;
  /** Why to escalate, the note, or the notes of the resolution. */
  readonly text?: string;
  /** Of the resolution. */
  readonly code?: string;
  /** Whom to give it to, as `ownerText` (owners.ts) writes them. */
  readonly to?: string;
}

/** An answer as it came. */
export interface AnswerToPage {
  readonly answer: PageAnswer;
  readonly written?: Written;
  readonly via: Via;
}

interface Given {
  readonly command: string;
  readonly input: AnyFields;
  /** What the writer calls each field of the input. */
  readonly fields?: ReadonlyMap<string, keyof Written>;
}

const ESCALATED = 'Asked for by the answer to a page';

/** The team by which somebody can own a record: its own, or else the first that they belong to. */
function teamOf(policy: Policy, record: RecordState, person: string): string | undefined {
  const { team } = record.fields;
  const own = typeof team === 'string' ? entry(policy.body.teams, team) : undefined;
  if (own?.members.includes(person) === true) return String(team);
  return Object.entries(policy.body.teams).find(([, { members }]) => members.includes(person))?.[0];
}

/** The command that an answer is; undefined where it would make no sense. */
function commandOf(
  answer: PageAnswer,
  { minutes, text, code, to }: Written,
  person: string,
  record: RecordState,
  policy: Policy,
): Given | undefined {
  switch (answer) {
    case 'acknowledge':
      return { command: 'acknowledge', input: {} };
    case 'snooze':
      return { command: 'snooze', input: { minutes } };
    case 'escalate':
      return {
        command: 'escalate',
        input: { reason: text === undefined || text === '' ? ESCALATED : text },
        fields: new Map([['reason', 'text']]),
      };
    case 'take': {
      const team = teamOf(policy, record, person);
      if (team === undefined || record.fields['assignee'] === person) return undefined;
      return { command: 'assign', input: { team, assignee: person } };
    }
    case 'assign':
      return {
        command: 'assign',
        input: parseOwner(to),
        fields: new Map([
          ['team', 'to'],
          ['assignee', 'to'],
        ]),
      };
    case 'note':
      return { command: 'comment', input: { text, visibility: 'internal' } };
    case 'resolve':
      return {
        command: 'resolve',
        input: { code, notes: text },
        fields: new Map([['notes', 'text']]),
      };
  }
}

/** Something that every rule of an answer takes, to see whether it may be given at all. */
function anything({ body: { teams } }: Policy): Written {
  const to = Object.keys(teams).map((team) => ownerText(team))[0];
  return { minutes: 15, text: 'x', code: 'x', ...(to === undefined ? {} : { to }) };
}

/** What a page gives its person: to answer as one who works on records, of the organisation that the record belongs to. */
function actorOf({ person, organisation }: PersonalPage): Actor {
  return { kind: 'person', id: person, roles: ['resolver'], organisation };
}

export function isActive(policy: Policy, person: string): boolean {
  return entry(policy.body.people, person)?.active === true;
}

/**
 * Whether the round of pages that a page belongs to goes on for its person: nothing has ended it, or they themselves did by answering, and no new
 * one has begun since.
 */
async function isTheirs(
  engine: Engine,
  db: Queryable,
  record: RecordState,
  { effectKey: key, during, person }: PersonalPage,
): Promise<boolean> {
  const end = await endedBy(engine, db, record, { key, during });
  if (end === undefined) return true;
  const { answeredBy, answeredAt } = record.fields;
  const own = end.actor.kind === 'person' && end.actor.id === person;
  return own && answeredBy === person && answeredAt === end.at;
}

/**
 * How a page stands with its person. `open`: it can be answered, with `offers`. `over`: nothing is left to do. `overtaken`: it is over, and the
 * record needs an answer anew.
 */
export type Standing =
  | { readonly kind: 'open'; readonly offers: readonly PageAnswer[] }
  | { readonly kind: 'over' | 'overtaken' };

/** How a page stands now. It changes nothing. */
export async function standingOf(
  engine: Engine,
  db: Queryable,
  record: RecordState,
  page: PersonalPage,
  policy: Policy,
  now: Instant,
): Promise<Standing> {
  const process = processOf(engine, record.process);
  const would = (answer: PageAnswer): boolean => {
    const given = commandOf(answer, anything(policy), page.person, record, policy);
    if (given === undefined) return false;
    return decide(process, record, given.command, given.input, actorOf(page), policy, now).ok;
  };
  if (!(await isTheirs(engine, db, record, page))) {
    return { kind: would('acknowledge') ? 'overtaken' : 'over' };
  }
  const given = await answersGiven(db, page.effectKey, page.person);
  const offers = pageAnswers.filter(
    (answer) => !given.some((before) => before.answer === answer) && would(answer),
  );
  return offers.length === 0 ? { kind: 'over' } : { kind: 'open', offers };
}

/**
 * What came of an answer. `given`: it is an event of the record. `used`: this page was answered so before. `over` and `overtaken`: as it stood
 * when the answer came. `refused`: what was written with it cannot be taken, and nothing has changed. `notAllowed`: the person is not active.
 */
export type Answered =
  | { readonly kind: 'given' | 'used' | 'over' | 'overtaken' | 'notAllowed' | 'notThere' }
  | { readonly kind: 'refused'; readonly issues: readonly InputIssue[] };

function refusedWith(error: DomainError, { fields = new Map() }: Given): Answered {
  switch (error.kind) {
    case 'invalid':
      return {
        kind: 'refused',
        issues: error.issues.map(({ pointer, detail }) => {
          const name = pointer.slice(1);
          return { pointer: `/${fields.get(name) ?? name}`, detail };
        }),
      };
    // That a record needs no answer any more is good news.
    case 'refused':
    case 'wrongState':
      return { kind: 'over' };
    case 'forbidden':
      return { kind: 'notAllowed' };
    case 'notFound':
    case 'stale':
    case 'keyReused':
      return { kind: 'notThere' };
  }
}

/**
 * Answers a page as its person, once in each way: every link, button, reply and key comes through here. In the caller's transaction, in which
 * nothing is written unless the answer is `given`; call `engine.onWake()` after it.
 * @param now the machine's clock
 */
export async function answerPage(
  engine: Engine,
  tx: Queryable,
  page: PersonalPage,
  { answer, written = {}, via }: AnswerToPage,
  now: Instant,
): Promise<Answered> {
  const { effectKey, number, person } = page;
  // Locked, so that it cannot be reopened between the look at its round and the answer, and of several answers one is the first.
  const record = (await lockRecord(tx, number))?.record;
  if (record === undefined) return { kind: 'notThere' };
  const policy = await engine.policies.active(tx);
  if (!isActive(policy, person)) return { kind: 'notAllowed' };
  const before = await answersGiven(tx, effectKey, person);
  if (before.some((given) => given.answer === answer)) return { kind: 'used' };
  const standing = await standingOf(engine, tx, record, page, policy, now);
  if (standing.kind !== 'open') return standing;
  const given = commandOf(answer, written, person, record, policy);
  if (given === undefined) return { kind: 'over' };
  const commandId = answerId({ effectKey, via }, person, answer);
  const request = { actor: actorOf(page), now, commandId };
  const committed = await commitIn(engine, tx, number, given.command, given.input, request);
  if (!committed.ok) return refusedWith(committed.error, given);
  await noteAnswer(tx, effectKey, person, { answer, at: now, via });
  return { kind: 'given' };
}
