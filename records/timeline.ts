import type { Delivery } from '../db/deliveries.ts';
import { deliveriesOf } from '../db/deliveries.ts';
import type { StoredEvent } from '../db/events.ts';
import { readEvents } from '../db/events.ts';
import type { Actor } from '../domain/actor.ts';
import { seesOnlyOwn } from '../domain/actor.ts';
import { withoutAddresses } from '../domain/notification/withoutAddresses.ts';
import type { AnyFields, Process, RecordState } from '../domain/process.ts';
import { toIso } from '../domain/time.ts';
import type { Instant } from '../domain/time.ts';
import { originOf } from './answerOrigin.ts';
import type { Via } from './answerOrigin.ts';
import type { Engine } from './engine.ts';
import { processOf } from './engine.ts';
import { outcomes } from './outcomes.ts';
import { eventFor, isShownTo, textsOf } from './read.ts';
import { resolveTexts } from './resolve.ts';
import { nameOf, summaryOf } from './summaries.ts';

/** How a person answered a page: the message's effect, its channel, and by its link or in reply to it. */
export interface EntryOrigin {
  readonly effect: string;
  readonly channel: Delivery['channel'];
  readonly via: Via;
}

export interface Entry {
  readonly kind: 'event' | 'delivery';
  readonly at: Instant;
  readonly recordedAt: Instant;
  readonly type: string;
  readonly summary: string;
  readonly actor: Pick<Actor, 'kind' | 'id'>;
  readonly data: AnyFields;
  readonly seq?: number;
  readonly policy?: string;
  readonly version?: number;
  readonly origin?: EntryOrigin;
}

/** How far a reader has come: both streams only ever grow at their end, so that pages stay complete while things happen. */
export interface Place {
  /** The last event's seq. */
  readonly seq: number;
  /** How many deliveries. */
  readonly deliveries: number;
}

export interface TimelinePage {
  readonly entries: readonly Entry[];
  readonly next: Place | null;
}

type Item =
  | { readonly at: Instant; readonly event: StoredEvent }
  | { readonly at: Instant; readonly delivery: Delivery };

/** The first `limit` of both streams by time; each keeps its own order. */
function merge(
  events: readonly StoredEvent[],
  deliveries: readonly Delivery[],
  limit: number,
): Item[] {
  const items: Item[] = [];
  let e = 0;
  let d = 0;
  while (items.length < limit) {
    const event = events[e];
    const delivery = deliveries[d];
    if (event !== undefined && (delivery === undefined || event.at <= delivery.startedAt)) {
      items.push({ at: event.at, event });
      e++;
    } else if (delivery !== undefined) {
      items.push({ at: delivery.startedAt, delivery });
      d++;
    } else break;
  }
  return items;
}

async function deliveryEntry(
  engine: Engine,
  record: RecordState,
  delivery: Delivery,
): Promise<Entry> {
  const { person, namedChannel, channel, attempt, startedAt, finishedAt } = delivery;
  const { outcome, effectKey } = delivery;
  const said = delivery.report ?? delivery.detail;
  const detail = said === null ? null : withoutAddresses(said);
  const policy = await engine.policies.former(engine.pool, record.policy);
  const result = outcome === null ? 'under way' : outcomes[outcome];
  const again = attempt > 1 ? `, attempt ${attempt}` : '';
  return {
    kind: 'delivery',
    at: startedAt,
    recordedAt: finishedAt ?? startedAt,
    type: `${channel}.${outcome ?? 'started'}`,
    summary: `Message to ${person === null ? (namedChannel ?? '') : nameOf(policy, person)} by ${channel}${again}: ${result}${detail === null ? '' : ` (${detail})`}`,
    actor: { kind: 'system', id: effectKey },
    data: { person, namedChannel, channel, attempt, outcome, detail, effect: effectKey },
  };
}

/** An event's data as it is outside: its texts instead of their ids, and by convention a number whose name ends in `At` as an instant. */
function shownData(data: AnyFields, texts: ReadonlyMap<string, string>): AnyFields {
  const shown = Object.entries(data).map(([name, value]) => [
    name,
    name.endsWith('At') && typeof value === 'number' ? toIso(value) : resolveTexts(value, texts),
  ]);
  return Object.fromEntries(shown) as AnyFields;
}

/** Where an event came from, if it answered one of these messages. */
function originAmong(
  deliveries: readonly Delivery[],
  { commandId }: StoredEvent,
): EntryOrigin | undefined {
  const origin = originOf(commandId);
  const sent = deliveries.find(({ effectKey }) => effectKey === origin?.effectKey);
  if (origin === undefined || sent === undefined) return undefined;
  return { effect: origin.effectKey, channel: sent.channel, via: origin.via };
}

const viaInWords: Readonly<Record<Via, string>> = {
  link: 'by the link in the message by',
  reply: 'in reply to the message by',
};

async function eventEntry(
  engine: Engine,
  process: Process,
  stored: StoredEvent,
  actor: Actor,
  texts: ReadonlyMap<string, string>,
  origin: EntryOrigin | undefined,
): Promise<Entry> {
  const policy = await engine.policies.former(engine.pool, stored.policy);
  const event = eventFor(process, stored, actor, policy);
  const summary = summaryOf(event, { policy, texts });
  return {
    kind: 'event',
    at: event.at,
    recordedAt: event.recordedAt,
    type: event.type,
    summary: origin ? `${summary} (${viaInWords[origin.via]} ${origin.channel})` : summary,
    actor: event.actor,
    seq: event.seq,
    policy: event.policy,
    version: event.version,
    data: shownData(event.data, texts),
    ...(origin && { origin }),
  };
}

/** What happened to a record and what was sent because of it, in the order of time. People who only ask see no deliveries and nothing internal. */
export async function readTimeline(
  engine: Engine,
  record: RecordState,
  actor: Actor,
  { after, limit }: { after: Place; limit: number },
): Promise<TimelinePage> {
  const process = processOf(engine, record.process);
  const events = await readEvents(engine.pool, record.number, {
    after: after.seq,
    limit: limit + 1,
  });
  const all = seesOnlyOwn(actor) ? [] : await deliveriesOf(engine.pool, record.number);
  const deliveries = all.slice(after.deliveries);
  const items = merge(events, deliveries, limit);
  const shown = items.filter((item) => !('event' in item) || isShownTo(process, item.event, actor));
  const texts = await textsOf(
    engine,
    [record.number],
    ...shown.map((item) => ('event' in item ? item.event.data : null)),
  );
  const entries = await Promise.all(
    shown.map((item) =>
      'event' in item
        ? eventEntry(engine, process, item.event, actor, texts, originAmong(all, item.event))
        : deliveryEntry(engine, record, item.delivery),
    ),
  );
  const seen = items.filter((item) => 'event' in item);
  const place = {
    seq: seen.at(-1)?.event.seq ?? after.seq,
    deliveries: after.deliveries + items.length - seen.length,
  };
  return { entries, next: items.length < events.length + deliveries.length ? place : null };
}
