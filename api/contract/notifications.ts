import { z } from 'zod';
import { channelKind } from '../../domain/channelKinds.ts';
import { onCallSource } from './schedules.ts';

const instant = z.iso.datetime();
const person = z.string().meta({ description: "A key of the policy's people." });

/** A message is cancelled when it is no longer wanted, and dead when it was given up. */
export const notificationStates = ['pending', 'started', 'done', 'cancelled', 'dead'] as const;

const because = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('person') }),
    z.object({ kind: z.literal('team'), team: z.string() }),
    z.object({
      kind: z.literal('roundRobin'),
      team: z.string(),
      position: z.number().int().meta({ description: "Among the team's members, from 0." }),
    }),
    z.object({
      kind: z.literal('schedule'),
      schedule: z.string(),
      version: z.number().int(),
      source: onCallSource,
    }),
  ])
  .meta({ id: 'Because' });

const why = z
  .object({
    seq: z.number().int().meta({ description: 'The event of the record that asked for it.' }),
    event: z.string().meta({ example: 'paged' }),
    rule: z
      .string()
      .nullable()
      .meta({ description: 'The place in the policy.', example: 'escalations.standard.steps.0' }),
    because: because
      .nullable()
      .meta({ description: 'Why a page means this person; null for other messages.' }),
    notificationRule: z.string().nullable().meta({
      description: "The place in the person's notification rules; `default` without rules.",
      example: 'interrupting.0',
    }),
    policy: z.string().meta({ description: 'The hash of the policy that decided it.' }),
    sentence: z.string(),
  })
  .meta({ id: 'WhyNotified' });

const delivery = z
  .object({
    attempt: z.number().int(),
    startedAt: instant,
    finishedAt: instant.nullable().meta({
      description: 'Null while it is under way, or when its worker ended in it.',
    }),
    outcome: z.enum(['accepted', 'pending', 'delivered', 'failed']).nullable().meta({
      description:
        '`pending`: taken, and reported later; `delivered`: reported; `accepted`: no more is known.',
    }),
    detail: z.string().nullable().meta({ description: 'What the receiver answered.' }),
    report: z.string().nullable().meta({ description: 'What the provider reported later.' }),
  })
  .meta({ id: 'LastDelivery' });

/** By the link in a message, or in reply to it, as a button, a text or a key is. */
export const answerVia = z.enum(['link', 'reply']);

const answer = z
  .object({
    person,
    answer: z.string().meta({ example: 'acknowledge' }),
    via: answerVia.nullable().meta({ description: 'Null: given before that was noted.' }),
    at: instant,
  })
  .meta({ id: 'AnswerToPage' });

/** A message to somebody: when, how, with what result, and why them. Never an address. */
export const notificationView = z
  .object({
    key: z.string().meta({ example: 'INC-1042/17/2' }),
    number: z.string().meta({ example: 'INC-1042' }),
    person: person.nullable(),
    namedChannel: z.string().nullable().meta({
      description: "A place that many people read: a key of the policy's channels.",
    }),
    channel: channelKind,
    method: z
      .string()
      .nullable()
      .meta({ description: 'The contact method; null: what the policy says of them.' }),
    message: z.string().meta({ description: 'What kind of message: `page`, `breached` …' }),
    urgency: z.enum(['interrupting', 'deferrable']).nullable(),
    state: z.enum(notificationStates),
    attempts: z.number().int(),
    createdAt: instant.meta({ description: 'When it was planned.' }),
    notBefore: instant
      .nullable()
      .meta({ description: "It waits until then, by the person's rules." }),
    togetherWith: z.string().nullable().meta({
      description: 'The key of another message that says "and 37 more" in its stead.',
    }),
    error: z.string().nullable().meta({ description: 'Why it has not gone out, or never will.' }),
    delivery: delivery
      .nullable()
      .meta({ description: 'The last attempt; null when none was made.' }),
    answers: z.array(answer).meta({ description: 'What came back, the earliest first.' }),
    why,
  })
  .meta({ id: 'Notification' });
export type NotificationView = z.infer<typeof notificationView>;

export const heldPagesView = z
  .object({
    at: instant,
    by: z.enum(['window', 'incident']),
    id: z.string().meta({ description: 'The maintenance window, or the incident.' }),
    why: z.string().meta({
      description: '`everything`, `service` or `item` of a window; the service that is down.',
    }),
    until: instant
      .nullable()
      .meta({ description: 'As was known then; null: nobody knew when it would end.' }),
  })
  .meta({ id: 'HeldPages' });
export type HeldPagesView = z.infer<typeof heldPagesView>;

/** The answer to a list of notifications. */
export interface NotificationPage {
  readonly items: readonly NotificationView[];
  readonly nextCursor: string | null;
  /** Only with `number`, and not for people who only ask. */
  readonly held?: readonly HeldPagesView[];
}
