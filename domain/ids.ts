declare const brand: unique symbol;
type Branded<T, B extends string> = T & { readonly [brand]: B };

/** `INC-1042`: the process's prefix and a number of its own sequence. */
export type RecordNumber = Branded<string, 'RecordNumber'>;

/** `INC-1042/17/2`: the record, the event (seq) that asked for the effect, and its place among that event's effects. Stable for ever: receivers drop repeats by it. */
export type EffectKey = Branded<string, 'EffectKey'>;

const NUMBER = /^[A-Z]{2,5}-[1-9]\d{0,15}$/;

/** Undefined when the text has not the shape of a record's number. */
export function parseRecordNumber(text: string): RecordNumber | undefined {
  return NUMBER.test(text) ? (text as RecordNumber) : undefined;
}

export function recordNumber(prefix: string, sequence: number): RecordNumber {
  return `${prefix}-${sequence}` as RecordNumber;
}

export function effectKey(number: RecordNumber, seq: number, index: number): EffectKey {
  return `${number}/${seq}/${index}` as EffectKey;
}

const KEY = /^[A-Z]{2,5}-[1-9]\d{0,15}\/[1-9]\d{0,9}\/\d{1,4}$/;

/** Undefined when the text has not the shape of an effect's key. */
export function parseEffectKey(text: string): EffectKey | undefined {
  return KEY.test(text) ? (text as EffectKey) : undefined;
}

/** The event that asked for an effect, by the effect's key. */
export function seqOf(key: string): number {
  return Number(key.split('/')[1]);
}
