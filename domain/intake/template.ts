import { z } from 'zod';
import { pathOf } from '../pointer.ts';

/** `{/monitor/name}`: what is at that JSON Pointer (RFC 6901). */
const PLACE = /\{(\/[^{}]*)\}/g;

/** Empty, which is the whole value, or tokens in which `~` stands before 0 or 1 only. */
const POINTER = /^(\/([^~/]|~[01])*)*$/;

/** A JSON Pointer, as a policy says it. */
export const pointer = z
  .string()
  .max(500)
  .regex(POINTER, 'must be a JSON Pointer such as /alerts or /event/0/name');

function placesOf(template: string): string[] {
  return [...template.matchAll(PLACE)].map(([, place]) => place ?? '');
}

function isTemplate(template: string): boolean {
  return (
    placesOf(template).every((place) => POINTER.test(place)) &&
    !template.replace(PLACE, '').includes('{/')
  );
}

/**
 * A text in which `{/monitor/name}` stands for what is there in the body. Everything else stands for itself: a template has no code, no conditions
 * and no loops, so it takes time by its length alone.
 */
const template = z
  .string()
  .min(1)
  .max(1_000)
  .refine(isTemplate, 'has a place that is no JSON Pointer in braces such as {/monitor/name}');

/** A template, or several of which the first that finds all its places is taken. */
export const templates = z
  .union([template, z.array(template).min(1).max(10)])
  .transform((given) => [given].flat());

const INDEX = /^(0|[1-9]\d{0,8})$/;

/** The value at a JSON Pointer; undefined when nothing is there. What only every object has (`constructor`) is not there. */
export function valueAt(body: unknown, at: string): unknown {
  return pathOf(at).reduce<unknown>((value, token) => {
    if (typeof value !== 'object' || value === null) return undefined;
    if (Array.isArray(value) && !INDEX.test(token)) return undefined;
    return Object.hasOwn(value, token) ? (value as Record<string, unknown>)[token] : undefined;
  }, body);
}

/** Longer than anything that a value becomes, so that what is cut off is seen to be too long, and a template with many places stays small. */
const MAX_VALUE = 20_001;

/** A scalar as a text; undefined for what is none, or empty. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'string') return undefined;
  const text = value.trim().slice(0, MAX_VALUE);
  return text === '' ? undefined : text;
}

/** What the first template says that finds all its places; undefined when none does. Values are put in as they are: no braces of theirs are looked at. */
export function fill(given: readonly string[], body: unknown): string | undefined {
  for (const text of given) {
    const values = new Map(placesOf(text).map((place) => [place, textOf(valueAt(body, place))]));
    if ([...values.values()].includes(undefined)) continue;
    return text.replace(PLACE, (_, place: string) => values.get(place) ?? '');
  }
  return undefined;
}
