import type { Request, RequestHandler, Response, Router } from 'express';
import type { LedgerQuery } from '../../db/ledger.ts';
import type { Actor } from '../../domain/actor.ts';
import { hasRole } from '../../domain/actor.ts';
import { channelKind } from '../../domain/channelKinds.ts';
import { parseRecordNumber } from '../../domain/ids.ts';
import { identifier } from '../../domain/text.ts';
import { toIso } from '../../domain/time.ts';
import type { Instant } from '../../domain/time.ts';
import type { Engine } from '../../records/engine.ts';
import { heldPages, notifications } from '../../records/notifications.ts';
import type { Notified } from '../../records/notifications.ts';
import { actorOf, requireRole } from '../auth.ts';
import { notificationStates } from '../contract/notifications.ts';
import type {
  HeldPagesView,
  NotificationPage,
  NotificationView,
} from '../contract/notifications.ts';
import { Query } from '../query.ts';
import { methods } from '../route.ts';
import { readTimePage } from '../timePage.ts';
import { desk } from './schedulesAccess.ts';

const parameters = [
  ...['person', 'number', 'channel', 'message', 'state'],
  ...['from', 'to', 'limit', 'cursor'],
];

/** A parameter's values, each of which must be known. */
function among(query: Query, name: string, known: readonly string[]): string[] | undefined {
  const values = query.many(name);
  if (values?.every((value) => known.includes(value)) === false) {
    query.refuse(name, `must be among ${known.join(', ')}`);
  }
  return values;
}

function names(query: Query, name: string): string[] | undefined {
  const values = query.many(name);
  const results = values?.map((value) => identifier(64).safeParse(value));
  const issue = results?.find(({ success }) => !success)?.error?.issues[0];
  if (issue !== undefined) query.refuse(name, issue.message);
  return values;
}

function readChannels(query: Query): string[] | undefined {
  const values = query.many('channel');
  const results = values?.map((value) => channelKind.safeParse(value));
  const issue = results?.find(({ success }) => !success)?.error?.issues[0];
  if (issue !== undefined) query.refuse('channel', issue.message);
  return values;
}

function readNumber(query: Query): string | undefined {
  const text = query.one('number');
  if (text !== undefined && parseRecordNumber(text) === undefined) {
    query.refuse('number', 'must be the number of a record, such as INC-1042');
  }
  return text;
}

function readPerson(query: Query): string | undefined {
  const person = query.one('person');
  const issue = identifier(64).optional().safeParse(person).error?.issues[0];
  if (issue !== undefined) query.refuse('person', issue.message);
  return person;
}

function readFilters(query: Query): Omit<LedgerQuery, 'limit' | 'after'> {
  const [from, to] = [query.moment('from'), query.moment('to')];
  if (from !== undefined && to !== undefined && from >= to) {
    query.refuse('from', 'must lie before to');
  }
  return {
    person: readPerson(query),
    number: readNumber(query),
    channels: readChannels(query),
    messages: names(query, 'message'),
    states: among(query, 'state', notificationStates),
    from,
    to,
  };
}

/** Whose notifications the caller sees: everybody's for the desk, else their own. @throws RequestProblem (403) */
function whose(res: Response, actor: Actor, person: string | undefined): string | undefined {
  if (hasRole(actor, desk)) return person;
  const isOwn = actor.kind === 'person' && (person === undefined || person === actor.id);
  if (!isOwn) requireRole(res, 'see the notifications of others', desk);
  return actor.id;
}

function iso(at: Instant | null): string | null {
  return at === null ? null : toIso(at);
}

function notificationView({ delivery, answers, ...notified }: Notified): NotificationView {
  const { createdAt, notBefore, togetherWith, key, why, state } = notified;
  return {
    ...notified,
    // What is being cancelled is no longer wanted.
    state: state === 'cancelling' ? 'cancelled' : state,
    createdAt: toIso(createdAt),
    notBefore: iso(notBefore),
    togetherWith: togetherWith === key ? null : togetherWith,
    delivery: delivery && {
      ...delivery,
      startedAt: toIso(delivery.startedAt),
      finishedAt: iso(delivery.finishedAt),
    },
    answers: answers.map(({ at, ...answer }) => ({ ...answer, at: toIso(at) })),
    why,
  };
}

async function heldView(engine: Engine, number: string): Promise<HeldPagesView[]> {
  return (await heldPages(engine, number)).map(({ at, data }) => ({
    at: toIso(at),
    by: data['by'] as HeldPagesView['by'],
    id: String(data['id']),
    why: String(data['why']),
    until: iso(data['until'] as Instant | null),
  }));
}

function listing(engine: Engine): RequestHandler {
  return async (req: Request, res: Response) => {
    const actor = actorOf(res);
    const query = new Query(req, parameters);
    const asked = readFilters(query);
    const filters = { ...asked, person: whose(res, actor, asked.person) };
    const { rows, nextCursor } = await readTimePage(
      req,
      res,
      query,
      (limit, after) => notifications(engine, { ...filters, limit, after }),
      ({ createdAt, key }) => ({ at: createdAt, id: key }),
    );
    const showsHeld = filters.number !== undefined && hasRole(actor, desk);
    const held = showsHeld ? { held: await heldView(engine, filters.number ?? '') } : {};
    const answer = { items: rows.map(notificationView), nextCursor, ...held };
    res.json(answer satisfies NotificationPage);
  };
}

/** The ledger: who was told or paged, when, how, with what result and why them. */
export function notificationRoutes(router: Router, engine: Engine): void {
  methods(router, '/api/v1/notifications', { get: listing(engine) });
}
