import { z } from 'zod';
import type { AuditedEvent, AuditedFile, AuditedRow, AuditedText } from '../db/auditRead.ts';
import { dueAt } from '../domain/due.ts';
import { fold } from '../domain/evolve.ts';
import type { Process, RecordState } from '../domain/process.ts';
import { freeTextFields } from '../domain/text.ts';
import { canonical } from './canonical.ts';
import { chainStart, eventHash } from './chain.ts';
import type { Fault } from './fault.ts';
import { textId, textIdsIn } from './texts.ts';
import { attachmentFaults } from './verifyAttachments.ts';

const emptySchema = z.object({});

export interface AuditedRecord {
  readonly number: string;
  /** All events that are there, by seq. */
  readonly events: readonly AuditedEvent[];
  readonly row: AuditedRow | undefined;
  readonly texts: readonly AuditedText[];
  readonly files: readonly AuditedFile[];
  readonly processes: ReadonlyMap<string, Process>;
  /** Hashes of the policies that are there. */
  readonly policies: ReadonlySet<string>;
}

function range(from: number, to: number): string {
  return from === to ? `event ${from} is missing` : `events ${from} to ${to} are missing`;
}

/** Each event by itself and against the one before it. After a fault it goes on from what is stored, so that one change is one fault. */
function chainFaults({ number, events }: AuditedRecord): Fault[] {
  const faults: Fault[] = [];
  let previous: Buffer = chainStart;
  let seq = 0;
  for (const { recordedAt, commandId, organisation, hash, ...event } of events) {
    const complain = (what: string): void => {
      faults.push({ of: number, seq: event.seq, what });
    };
    if (event.seq !== seq + 1) complain(`${range(seq + 1, event.seq - 1)} before it`);
    else if (!event.previous.equals(previous)) {
      complain('is not chained to the event before it: one of them was exchanged or moved');
    }
    const context = { number, organisation, recordedAt, commandId };
    if (!eventHash(event.previous, event, context).equals(hash)) {
      complain('was changed: its content does not fit its hash');
    }
    seq = event.seq;
    previous = hash;
  }
  return faults;
}

function processByNumber({ number, processes }: AuditedRecord): Process | undefined {
  return [...processes.values()].find(({ prefix }) => number.startsWith(`${prefix}-`));
}

/** The parts of the row that are not what the events make of it. */
function rowFaults(audited: AuditedRecord): Fault[] {
  const { number, events, row } = audited;
  if (row === undefined) return [{ of: number, what: 'has events and no row' }];
  const { record } = row;
  const folded = fold(record, events);
  const last = events.at(-1);
  if (folded === undefined || last === undefined) return [];
  const parts = (Object.keys(folded) as (keyof RecordState)[]).filter(
    (name) => canonical({ part: record[name] }) !== canonical({ part: folded[name] }),
  );
  const wrong: string[] = [...parts];
  if (!row.chain.equals(last.hash)) wrong.push('chain');
  if (events.some(({ organisation }) => organisation !== record.organisation)) {
    wrong.push('organisation');
  }
  const process = processByNumber(audited);
  if (process !== undefined) {
    if (process.name !== record.process) wrong.push('process');
    // What an older definition decided is due by that one's rules until the record's next event.
    if (parts.length === 0 && record.version === process.version) {
      if (row.final !== process.final.includes(record.state)) wrong.push('final');
      if (row.dueAt !== dueAt(process, record)) wrong.push('dueAt');
    }
  }
  if (wrong.length === 0) return [];
  return [{ of: number, what: `the row is not what its events make: ${wrong.join(', ')}` }];
}

/** The ids of free texts that an event must have by its definition. */
function namedTexts(process: Process | undefined, { type, data, change }: AuditedEvent): string[] {
  const command = Object.values(process?.commands ?? {}).find(({ event }) => event === type);
  const values =
    type === 'opened' && process !== undefined
      ? freeTextFields(process.opening.input).map((name) => change.fields?.[name])
      : freeTextFields(command?.input ?? emptySchema).map((name) => data[name]);
  return [...textIdsIn(values)];
}

/** The ids of the texts that redactions erased. */
function erasedTexts(events: readonly AuditedEvent[]): Set<string> {
  const redactions = events.filter(({ type }) => type === 'redacted');
  return new Set(redactions.flatMap(({ data }) => [...textIdsIn(data['texts'])]));
}

function textFaults({ number, events, row, texts, processes }: AuditedRecord): Fault[] {
  const faults: Fault[] = [];
  const process = processes.get(row?.record.process ?? '');
  const there = new Map(texts.map((text) => [text.id, text]));
  const named = new Map<string, number>();
  const erased = erasedTexts(events);
  for (const event of events) {
    const { seq, data, change } = event;
    for (const id of textIdsIn(data, change.fields)) if (!named.has(id)) named.set(id, seq);
    for (const id of namedTexts(process, event)) {
      if (!there.has(id)) faults.push({ of: number, seq, what: 'a text of it is not there' });
    }
  }
  for (const { id, salt, body, organisation } of texts) {
    const seq = named.get(id);
    const complain = (what: string): void => {
      faults.push({ of: number, ...(seq === undefined ? {} : { seq }), what });
    };
    if (seq === undefined) complain(`text ${id.slice(0, 12)}… is named by no event`);
    if (organisation !== row?.record.organisation)
      complain('a text of it is of another organisation');
    if (salt === null || body === null) {
      if (!erased.has(id)) complain('a text of it was erased without a redaction');
    } else if (textId(salt, body) !== id) complain('a text of it was changed');
    else if (erased.has(id)) complain('a text of it was redacted and is there again');
  }
  return faults;
}

/** All that is wrong with one record. Pure. */
export function verifyRecord(audited: AuditedRecord): Fault[] {
  const { number, events, texts, files, policies } = audited;
  const unknown = events.filter(({ policy }) => !policies.has(policy));
  return [
    ...chainFaults(audited),
    ...rowFaults(audited),
    ...textFaults(audited),
    ...attachmentFaults({
      number,
      events,
      texts: new Map(texts.map((text) => [text.id, text])),
      erased: erasedTexts(events),
      files,
      process: processByNumber(audited),
    }),
    ...unknown.map(({ seq, policy }) => ({
      of: number,
      seq,
      what: `the policy ${policy} that decided it is not there`,
    })),
  ];
}
