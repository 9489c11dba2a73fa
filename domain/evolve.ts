import type { AnyFields, DomainEvent, RecordState } from './process.ts';
import type { RecordNumber } from './ids.ts';

/** What a record is before its first event. */
export interface Origin {
  readonly number: RecordNumber;
  readonly process: string;
  readonly organisation: string;
}

/** The record after one more event. Events carry results, so this needs no policy and no definition: it holds for every process and every age. */
export function evolve(record: RecordState, event: DomainEvent): RecordState {
  const { state, fields, clocks } = event.change;
  return {
    ...record,
    seq: event.seq,
    version: event.version,
    policy: event.policy,
    state: state ?? record.state,
    lastAt: event.at,
    fields: fields === undefined ? record.fields : { ...record.fields, ...fields },
    clocks: clocks === undefined ? record.clocks : { ...record.clocks, ...clocks },
  };
}

/** The empty record that the first event fills. */
export function origin(
  { number, process, organisation }: Origin,
  first: Pick<DomainEvent, 'at' | 'version' | 'policy'>,
): RecordState {
  const fields: AnyFields = {};
  return {
    number,
    process,
    organisation,
    version: first.version,
    policy: first.policy,
    seq: 0,
    state: '',
    openedAt: first.at,
    lastAt: first.at,
    fields,
    clocks: {},
  };
}

/** Folds a record's events, from the first one, into the record. Undefined when there are none. */
export function fold(of: Origin, events: readonly DomainEvent[]): RecordState | undefined {
  const first = events[0];
  if (first === undefined) return undefined;
  return events.reduce(evolve, origin(of, first));
}
