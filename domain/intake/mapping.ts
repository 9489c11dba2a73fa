import { z } from 'zod';
import type { Instant } from '../time.ts';
import type { NotifiedAlert, Notification } from './notification.ts';
import { fill, pointer, templates, valueAt } from './template.ts';

const values = z.array(z.string().min(1).max(200)).max(50);

const status = z
  .strictObject({
    of: templates,
    firing: values.min(1),
    resolved: values.min(1),
    /** Such as acknowledgements: alerts that say so are passed over. */
    ignored: values.default([]),
  })
  .superRefine(({ firing, resolved, ignored }, context) => {
    const all = [...firing, ...resolved, ...ignored];
    const twice = all.find((value, index) => all.indexOf(value) !== index);
    if (twice === undefined) return;
    context.addIssue({ code: 'custom', message: `"${twice}" cannot mean two things` });
  });

const severity = z.strictObject({
  of: templates,
  /** Its values by the names that the policy's severities have; one that is not here is such a name itself. */
  names: z.record(z.string(), z.string()).default({}),
});

/** One alert: places are looked for in the entry of the list, or in the body when there is no list. */
const alert = z.strictObject({
  /** What tells it from the other alerts of its group. */
  fingerprint: templates.optional(),
  /** Absent: every delivery says that it fires. */
  status: status.optional(),
  /** When it began: ISO 8601 with an offset, or seconds or milliseconds since 1970. Absent: when it is first heard of. */
  startsAt: templates.optional(),
  severity: severity.optional(),
  /** Absent: the title. */
  text: templates.optional(),
});

/** How a system's own JSON becomes a notification: where its values are, and what they mean. Data only; see `templates`. */
export const mappingSchema = z
  .strictObject({
    groupKey: templates,
    title: templates,
    description: templates.optional(),
    service: templates.optional(),
    item: templates.optional(),
    link: templates.optional(),
    /** Where the list of alerts is; absent: the body is the only one. */
    alerts: pointer.optional(),
    alert: alert.prefault({}),
  })
  .superRefine((mapping, context) => {
    if (mapping.alerts === undefined || mapping.alert.fingerprint !== undefined) return;
    const message = 'is needed to tell the alerts of a list apart';
    context.addIssue({ code: 'custom', message, path: ['alert', 'fingerprint'] });
  });

export type Mapping = z.output<typeof mappingSchema>;

/** What a body says by a mapping. `ignored`: it tells of nothing that the mapping wants to know. */
export type Mapped =
  | { readonly notification: Notification }
  | { readonly ignored: true }
  | { readonly reason: string };

/** Something in a body that the mapping asks for and does not find: the body is kept then. */
class Unmapped extends Error {}

const MOST_ALERTS = 10_000;
const MAX_KEY = 20_000;
const MAX_FINGERPRINT = 200;

function need(what: string, given: readonly string[], body: unknown, max: number): string {
  const text = fill(given, body);
  if (text === undefined)
    throw new Unmapped(`it has no ${what}: nothing is at ${given.join(' or ')}`);
  if (text.length > max) throw new Unmapped(`its ${what} is longer than ${max} characters`);
  return text;
}

const ISO = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d+)?)?(Z|[+-]\d\d:?\d\d)$/i;
/** From here on a number is milliseconds: as seconds it would be the year 5138. */
const MILLISECONDS_FROM = 1e11;
/** 2200: what lies beyond was given in another unit, and every later notice would be older. */
const LATEST = 7_258_118_400_000;

/** @throws Unmapped */
function instantOf(text: string): Instant {
  const number = /^\d{1,16}(\.\d+)?$/.test(text) ? Number(text) : undefined;
  const parsed = ISO.test(text) ? Date.parse(text.replace(' ', 'T').replace(',', '.')) : NaN;
  const at = number === undefined ? parsed : number < MILLISECONDS_FROM ? number * 1_000 : number;
  if (at >= 0 && at <= LATEST) return Math.floor(at);
  throw new Unmapped(
    `"${text.slice(0, 100)}" is no time: ISO 8601 with an offset, or seconds or milliseconds since 1970`,
  );
}

/** Undefined: the alert is passed over. */
function isFiring(given: Mapping['alert']['status'], body: unknown): boolean | undefined {
  if (given === undefined) return true;
  const value = need('status', given.of, body, MAX_FINGERPRINT);
  if (given.ignored.includes(value)) return undefined;
  if (given.firing.includes(value)) return true;
  if (given.resolved.includes(value)) return false;
  throw new Unmapped(`its status "${value}" is neither firing nor resolved nor ignored`);
}

function severityOf(given: Mapping['alert']['severity'], body: unknown): string | undefined {
  const value = given && fill(given.of, body);
  if (given === undefined || value === undefined) return undefined;
  return Object.hasOwn(given.names, value) ? given.names[value] : value;
}

function alertOf(mapping: Mapping['alert'], body: unknown, title: string): NotifiedAlert[] {
  const firing = isFiring(mapping.status, body);
  if (firing === undefined) return [];
  const { fingerprint, startsAt, text } = mapping;
  const began = startsAt && fill(startsAt, body);
  return [
    {
      fingerprint:
        fingerprint === undefined
          ? 'alert'
          : need('fingerprint', fingerprint, body, MAX_FINGERPRINT),
      startsAt: began === undefined ? null : instantOf(began),
      firing,
      severity: severityOf(mapping.severity, body),
      text: (text && fill(text, body)) ?? title,
    },
  ];
}

function listAt(at: string, body: unknown): readonly unknown[] {
  const list = valueAt(body, at);
  if (!Array.isArray(list)) throw new Unmapped(`no list of alerts is at ${at}`);
  if (list.length > MOST_ALERTS) throw new Unmapped(`it has more than ${MOST_ALERTS} alerts`);
  return list;
}

/**
 * Reads a body by a mapping. Whatever is in it, the answer is a value.
 * @param name of the mapping
 */
export function applyMapping(name: string, mapping: Mapping, body: unknown): Mapped {
  try {
    const title = need('title', mapping.title, body, Infinity);
    const groupKey = need('group key', mapping.groupKey, body, MAX_KEY);
    const entries = mapping.alerts === undefined ? [body] : listAt(mapping.alerts, body);
    const alerts = entries.flatMap((entry) => alertOf(mapping.alert, entry, title));
    if (alerts.length === 0) return { ignored: true };
    const optional = (given: readonly string[] | undefined) => given && fill(given, body);
    return {
      notification: {
        source: name,
        // Two mappings may be used under one integration's key.
        groupKey: `${name}/${groupKey}`,
        truncatedAlerts: 0,
        title,
        description: optional(mapping.description),
        link: optional(mapping.link),
        service: optional(mapping.service),
        item: optional(mapping.item),
        alerts,
      },
    };
  } catch (error) {
    if (error instanceof Unmapped) return { reason: error.message };
    throw error;
  }
}
