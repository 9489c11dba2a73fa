import type { AnyFields, DomainEvent, RecordState } from './process.ts';
import type { RecordNumber } from './ids.ts';
import type { Instant } from './time.ts';

/** What a record is before its first event. */
export interface Origin {
  readonly number: RecordNumber;
  readonly process: string;
  readonly organisation: string;
}

/** The record after one more event. Events carry results, so this needs no policy and no definition: it holds for every process and every age. */
export function evolve(record: RecordState, event: DomainEvent): RecordState {
  const { state, fields, clocks } = event.change;
  const moved = state !== undefined && state !== record.state;
  return {
    ...record,
    seq: event.seq,
    version: event.version,
    policy: event.policy,
    state: state ?? record.state,
    stateSince: moved ? event.at : record.stateSince,
    timeIn: moved ? leave(record, event.at) : record.timeIn,
    lastAt: event.at,
    fields: fields === undefined ? record.fields : { ...record.fields, ...fields },
    clocks: clocks === undefined ? record.clocks : { ...record.clocks, ...clocks },
  };
}

function leave({ state, stateSince, timeIn }: RecordState, at: Instant): RecordState['timeIn'] {
  return state === '' ? timeIn : { ...timeIn, [state]: (timeIn[state] ?? 0) + at - stateSince };
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
    stateSince: first.at,
    timeIn: {},
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
