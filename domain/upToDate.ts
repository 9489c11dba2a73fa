import type { Process, RecordState } from './process.ts';

/** A record as today's definition knows it: with the fields that came after the version that decided it last. */
export function upToDate(process: Process, record: RecordState): RecordState {
  if (record.version >= process.version) return record;
  return { ...record, fields: { ...process.added, ...record.fields } };
}
