import { z } from 'zod';
import { entry } from '../../domain/policy.ts';
import type { RequesterView } from '../../domain/process.ts';
import { freeText, identifier, instant } from '../../domain/text.ts';
import type { Instant } from '../../domain/time.ts';

/** Impact and urgency: 1 is the highest; how far they go, the policy's matrix says. */
export const level = z.number().int().min(1).max(9);

export const channels = ['portal', 'phone', 'mail', 'monitoring', 'in person'] as const;

/** What an incident is opened with. */
export const openInput = z.strictObject({
  title: freeText(200),
  description: freeText(20_000).optional(),
  service: identifier(64).optional(),
  ci: identifier().optional(),
  category: identifier(64).optional(),
  channel: z.enum(channels).optional(),
  impact: level,
  urgency: level,
  requester: identifier(64).optional(),
  externalReference: identifier().optional(),
  /** When it was noticed, and when it began; neither can be in the future. */
  detectedAt: instant().optional(),
  startedAt: instant().optional(),
});

/** Details that can be put right later. */
export const amendInput = openInput
  .pick({
    service: true,
    ci: true,
    category: true,
    channel: true,
    externalReference: true,
    detectedAt: true,
    startedAt: true,
  })
  .partial();

/** `follows` is an earlier incident that is over: what caused it came back. */
export const relations = ['parent', 'duplicate', 'follows', 'problem', 'change'] as const;

/** What an incident keeps. Title, description and notes are ids of free texts; instants end in `At`. */
export interface IncidentFields {
  readonly title: string;
  readonly description: string | null;
  readonly service: string;
  readonly ci: string | null;
  readonly category: string | null;
  readonly channel: (typeof channels)[number] | null;
  readonly externalReference: string | null;
  readonly impact: number;
  readonly urgency: number;
  readonly priority: number;
  readonly requester: string;
  readonly openedBy: string;
  readonly watchers: readonly string[];
  readonly team: string;
  readonly assignee: string | null;
  readonly detectedAt: Instant | null;
  readonly startedAt: Instant | null;
  readonly restoredAt: Instant | null;
  /** A person answered: acknowledged, started or resolved. Reopening, a rise and escalating ask for a new answer. */
  readonly answeredAt: Instant | null;
  readonly answeredBy: string | null;
  /** The first answer: what the respond clock waits for. */
  readonly respondedAt: Instant | null;
  /** Somebody asked to page although the priority alone would not. */
  readonly escalateAnyway: boolean;
  /** The key of the escalation that paged last. */
  readonly escalation: string | null;
  /** The escalation came to its end without an answer: who asks again begins a new one. */
  readonly exhausted: boolean;
  readonly holdReason: string | null;
  readonly followUpAt: Instant | null;
  readonly resolutionCode: string | null;
  readonly resolutionNotes: string | null;
  readonly resolvedAt: Instant | null;
  readonly closedAt: Instant | null;
  readonly reopens: number;
  readonly reassignments: number;
  readonly minutesWorked: number;
  /** How many files were added, and their bytes together. */
  readonly attachments: number;
  readonly attachedBytes: number;
  readonly parent: string | null;
  readonly duplicateOf: string | null;
  readonly follows: string | null;
  readonly problem: string | null;
  readonly change: string | null;
  /** A major incident is proposed by hand or by the policy; once demoted the policy does not propose it again. */
  readonly major: 'none' | 'proposed' | 'accepted' | 'demoted';
  readonly commander: string | null;
  /** When the stakeholders are owed the next update. */
  readonly nextUpdateAt: Instant | null;
  readonly reviewDueAt: Instant | null;
  readonly reviewNotes: string | null;
  /** Alerts of a monitoring system behind this incident, or null when it came another way. */
  readonly alerts: { readonly firing: number; readonly resolved: number } | null;
}

/** The fields that version 2 brought, as they are for incidents that version 1 opened. */
export const addedInVersion2 = {
  category: null,
  channel: null,
  externalReference: null,
  watchers: [],
  detectedAt: null,
  startedAt: null,
  restoredAt: null,
  escalateAnyway: false,
  escalation: null,
  exhausted: false,
  followUpAt: null,
  closedAt: null,
  reassignments: 0,
  minutesWorked: 0,
  attachments: 0,
  attachedBytes: 0,
  parent: null,
  duplicateOf: null,
  follows: null,
  problem: null,
  change: null,
  major: 'none',
  commander: null,
  nextUpdateAt: null,
  reviewDueAt: null,
  reviewNotes: null,
} as const satisfies Partial<IncidentFields>;

/** What requesters see: how their incident stands and what was said to them; no goals, no other people's records, nothing internal. */
export const shownToRequesters = {
  fields: [
    'title',
    'description',
    'service',
    'ci',
    'category',
    'channel',
    'externalReference',
    'impact',
    'urgency',
    'priority',
    'requester',
    'openedBy',
    'watchers',
    'team',
    'assignee',
    'detectedAt',
    'startedAt',
    'restoredAt',
    'holdReason',
    'resolutionCode',
    'resolutionNotes',
    'resolvedAt',
    'closedAt',
    'reopens',
  ],
  events: {
    opened: [],
    acknowledged: [],
    assigned: ['team', 'assignee'],
    started: [],
    // What is asked of them is theirs to read; what is said of a supplier is not.
    heldBack: ({ reason }, policy) =>
      entry(policy.body.holdReasons, String(reason))?.answerResumes === true
        ? ['reason', 'comment']
        : ['reason'],
    resumed: [],
    resolved: ['code', 'notes', 'restoredAt'],
    reopened: ['reason'],
    closed: [],
    cancelled: ['reason'],
    commented: ['text', 'visibility'],
    attached: ['name', 'mediaType', 'size', 'sha256', 'visibility'],
    informed: ['text'],
    watched: ['person'],
    unwatched: ['person'],
  },
} as const satisfies RequesterView<keyof IncidentFields>;
