import ICAL from 'ical.js';
import type { RawProperty } from './component.ts';
import { Unreadable, quote } from './fault.ts';

/** A property, taken apart as jCal has it (RFC 7265). */
export interface Property {
  readonly name: string;
  readonly line: number;
  /** By name in small letters. */
  readonly parameters: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** In small letters: `date-time`, `date`, `period`, `text` … */
  readonly type: string;
  readonly values: readonly unknown[];
  /** The value as it stands in the file, when it is a date, a duration or the like: without a colon. */
  readonly written: string;
}

type JCalProperty = readonly [string, Property['parameters'], string, ...unknown[]];

/**
 * Takes a property apart: parameters, escapes, lists. What ical.js makes of dates is of no use: it takes their digits by their place, whatever
 * they are, and passes over what follows. So dates are read from `written`.
 * @throws Unreadable when it does not follow the grammar
 */
export function readProperty({ name, line, text }: RawProperty): Property {
  try {
    const [, parameters, type, ...values] = ICAL.parse.property(text) as JCalProperty;
    const written = text.slice(text.lastIndexOf(':') + 1).trim();
    return { name, line, parameters, type, values, written };
  } catch (error) {
    throw new Unreadable(line, `${name} cannot be read: ${reasonOf(error)}`);
  }
}

/** What a library says of a value, fit to be shown. */
export function reasonOf(error: unknown): string {
  return quote(error instanceof Error ? error.message : String(error)).slice(1, -1);
}

/** The only value of a text property; empty when there is no such property. */
export function textOf(property: RawProperty | undefined): string {
  if (property === undefined) return '';
  const [value] = readProperty(property).values;
  return typeof value === 'string' ? value.trim() : '';
}

/** A parameter that has one value; undefined when there is none. */
export function parameterOf({ parameters }: Property, name: string): string | undefined {
  const value = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
  return typeof value === 'string' ? value : value?.[0];
}
