import type { Policy } from '../domain/policy.ts';
import { serviceOf } from '../domain/policy.ts';
import type { DomainEvent, Process, RecordState } from '../domain/process.ts';
import { toIso, toIsoSeconds } from '../domain/time.ts';
import type { Instant } from '../domain/time.ts';
import type { Answer, CloudEvent, Content } from '../channels/channel.ts';
import { escapeHtml, oneLine } from '../domain/html.ts';
import { linksOf } from '../channels/channel.ts';
import { cut } from '../channels/cut.ts';
import { wordingOf } from './wording.ts';
import type { Wording } from './wording.ts';

/** All that a message is made of. */
export interface Occasion {
  /** The effect's key. */
  readonly key: string;
  /** The message's name in the definition, such as `page` or `breached`. */
  readonly message: string;
  readonly record: RecordState;
  readonly process: Process;
  readonly policy: Policy;
  /** The record's free texts by their ids. */
  readonly texts: ReadonlyMap<string, string>;
  /** The event that asked for the message. */
  readonly cause: DomainEvent | undefined;
  /** The record's time. */
  readonly now: Instant;
  /** How people reach the API, without a slash at the end. */
  readonly publicUrl: string;
  /** It asks for an answer: a page to a person, or to a place whose buttons say who presses them. */
  readonly isAnswerable?: boolean;
  /** Where the one reader acknowledges it; absent where many read. */
  readonly acknowledgeUrl?: string | undefined;
  /** Where the one reader gives every other answer too. */
  readonly answerUrl?: string | undefined;
  /** The records of the messages that go along with this one, because too many came at once, the most urgent first; one of two messages is there twice. */
  readonly along?: readonly string[];
}

export interface Rendered {
  readonly content: Content;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly event: CloudEvent;
}

function textField(record: RecordState, name: string): string | undefined {
  const value = record.fields[name];
  return typeof value === 'string' ? value : undefined;
}

/** As long as an incident's may be. A process of their own may have longer ones, which some receivers would refuse. */
const LONGEST_TITLE = 200;

function titleOf({ record, texts }: Occasion): string {
  const id = textField(record, 'title');
  const title = (id === undefined ? undefined : texts.get(id)) ?? record.number;
  return cut(oneLine(title), LONGEST_TITLE);
}

/** The clocks that people wait for; what the system does by itself when its time comes is no deadline of theirs. */
function deadlines({ record, process }: Occasion) {
  return Object.entries(record.clocks).flatMap(([name, clock]) => {
    if (clock.stoppedAt !== null || process.clocks[name]?.then !== undefined) return [];
    return [{ name, dueAt: clock.dueAt, breached: clock.breachedAt !== null }];
  });
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** More than that is read in the record itself. */
const LONGEST_QUOTE = 4_000;

/** The words that the cause brought, if the message passes them on; internal ones never. */
function quoteOf({ cause, texts }: Occasion, { quotes }: Wording): string | null {
  const value = quotes === undefined ? undefined : cause?.data[quotes];
  if (typeof value !== 'string' || cause?.data['visibility'] === 'internal') return null;
  const text = texts.get(value);
  if (text === undefined) return null;
  return cut(text, LONGEST_QUOTE);
}

/** The answers that a page asks for; a process without escalations by hand has no such button. */
function answersOf({ isAnswerable = false, acknowledgeUrl, process }: Occasion): Answer[] {
  if (!isAnswerable) return [];
  return [
    { command: 'acknowledge', label: 'Acknowledge', url: acknowledgeUrl },
    ...(process.commands['escalate'] === undefined
      ? []
      : [{ command: 'escalate', label: 'Escalate', url: undefined } as const]),
  ];
}

/** Who answered, for those inside; one of several of whom the policy asks for more is told by the event alone. */
function answeredBy({ record, policy, cause }: Occasion): [string, string][] {
  const acknowledges = cause?.type === 'acknowledged' ? cause.actor.id : undefined;
  const person = acknowledges ?? textField(record, 'answeredBy');
  if (person === undefined) return [];
  return [['Acknowledged', `by ${oneLine(policy.body.people[person]?.name ?? person)}`]];
}

/** What else a message tells of: its own record is told of anyway. */
function alongOf({ record, along = [] }: Occasion): string[] {
  return [...new Set(along)].filter((number) => number !== record.number);
}

/** As many as a telephone shows without scrolling; a receiver that is a program gets all of them. */
const NAMED_ALONG = 30;

/** "And 37 more": what came at the same time and went along. */
function moreRows(occasion: Occasion): [string, string][] {
  const along = alongOf(occasion);
  if (along.length === 0) return [];
  const named = along.slice(0, NAMED_ALONG).join(', ');
  return [[`And ${along.length} more`, along.length > NAMED_ALONG ? `${named}, …` : named]];
}

function contentOf(occasion: Occasion): Content {
  const { record, process, policy, now } = occasion;
  const priority = record.fields['priority'];
  const wording = wordingOf(occasion.message, occasion.cause);
  const more = alongOf(occasion).length;
  const heading = more === 0 ? wording.heading : `${wording.heading} and ${more} more`;
  const service = serviceOf(policy, textField(record, 'service') ?? null).service.name;
  const means = process.states[record.state];
  return {
    number: record.number,
    heading:
      typeof priority === 'number' && wording.isPublic !== true
        ? `${heading}, priority ${priority}`
        : heading,
    title: titleOf(occasion),
    rows: [
      ['Service', oneLine(service)],
      ['State', means === undefined ? record.state : `${record.state} (${means})`],
      ['Open since', toIsoSeconds(record.openedAt)],
      ...(wording.isPublic === true ? [] : answeredBy(occasion)),
      ...(wording.isPublic === true ? [] : deadlines(occasion)).map(
        ({ name, dueAt, breached }): [string, string] => {
          const when = dueAt === null ? 'paused' : toIsoSeconds(dueAt);
          return [`${capital(name)} by`, breached ? `${when}, missed` : when];
        },
      ),
      ...moreRows(occasion),
      ['As of', toIsoSeconds(now)],
    ],
    says: wording.says,
    quote:
      quoteOf(occasion, wording)
        ?.split(/\r\n|[\n\r\u2028\u2029]/)
        .map(oneLine) ?? [],
    todo: wording.todo,
    answers: answersOf(occasion),
    answerUrl: occasion.answerUrl,
    url: urlOf(occasion),
    urgency: wording.urgency ?? 'deferrable',
  };
}

function urlOf({ publicUrl, process, record }: Occasion): string {
  return `${publicUrl}/api/v1/${process.plural}/${record.number}`;
}

function asText(content: Content): string {
  const width = Math.max(...content.rows.map(([name]) => name.length));
  return [
    `${content.number}: ${content.title}`,
    content.heading,
    '',
    content.says,
    ...(content.quote.length === 0 ? [] : ['', ...content.quote.map((line) => `> ${line}`), '']),
    content.todo,
    ...linksOf(content).flatMap(({ label, url }) => ['', `${label}: ${url}`]),
    '',
    ...content.rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`),
    '',
    `Record: ${content.url}`,
    '',
  ].join('\n');
}

function asHtml(content: Content): string {
  const link = (url: string, text: string): string =>
    `<a href="${escapeHtml(url)}">${escapeHtml(text)}</a>`;
  const rows = content.rows.map(
    ([name, value]) =>
      `<tr><th scope="row" align="left">${escapeHtml(name)}</th><td>${escapeHtml(value)}</td></tr>`,
  );
  return [
    '<!doctype html>',
    `<html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(content.number)}</title></head><body>`,
    `<h1>${escapeHtml(`${content.number}: ${content.title}`)}</h1>`,
    `<p>${escapeHtml(content.heading)}</p>`,
    ...(content.quote.length === 0
      ? [`<p>${escapeHtml(content.says)}<br>${escapeHtml(content.todo)}</p>`]
      : [
          `<p>${escapeHtml(content.says)}</p>`,
          `<blockquote>${content.quote.map(escapeHtml).join('<br>')}</blockquote>`,
          `<p>${escapeHtml(content.todo)}</p>`,
        ]),
    ...linksOf(content).map(({ label, url }) => `<p><strong>${link(url, label)}</strong></p>`),
    `<table cellpadding="4">${rows.join('')}</table>`,
    `<p>${link(content.url, 'Record')}</p>`,
    '</body></html>',
    '',
  ].join('\n');
}

function eventOf(occasion: Occasion, title: string): CloudEvent {
  const { key, record, policy, process, cause, now, publicUrl } = occasion;
  const { fields } = record;
  const due = deadlines(occasion).map(({ name, dueAt }) => [
    name,
    dueAt === null ? null : toIso(dueAt),
  ]);
  const service = serviceOf(policy, textField(record, 'service') ?? null);
  const wording = wordingOf(occasion.message, cause);
  const internal = {
    priority: fields['priority'] ?? null,
    team: fields['team'] ?? null,
    clock: cause?.data['clock'] ?? null,
    dueAt: Object.fromEntries(due) as Record<string, string | null>,
    acknowledgeUrl: occasion.acknowledgeUrl ?? null,
    answerUrl: occasion.answerUrl ?? null,
    along: alongOf(occasion),
  };
  return {
    specversion: '1.0',
    id: key,
    source: publicUrl,
    type: `provisor.${process.name}.${wording.event}.v1`,
    subject: record.number,
    time: toIso(cause?.at ?? now),
    datacontenttype: 'application/json',
    data: {
      number: record.number,
      // No order is promised between messages: a higher seq is the later state of the record.
      seq: record.seq,
      title,
      state: record.state,
      service: service.key,
      serviceName: service.service.name,
      message: occasion.message,
      openedAt: toIso(record.openedAt),
      url: urlOf(occasion),
      ...(wording.quotes === undefined ? {} : { text: quoteOf(occasion, wording) }),
      ...(wording.isPublic === true ? {} : internal),
    },
  };
}

/** One message in every form: a line, plain text, HTML, a CloudEvent. Short: it is read on a telephone, at night. */
export function render(occasion: Occasion): Rendered {
  const content = contentOf(occasion);
  return {
    content,
    subject: `[${content.number}] ${content.heading}: ${content.title}`,
    text: asText(content),
    html: asHtml(content),
    event: eventOf(occasion, content.title),
  };
}
