import type { Page } from '../../domain/escalation/course.ts';
import type { Instant } from '../../domain/time.ts';

export const channels = ['portal', 'phone', 'mail', 'monitoring', 'in person'] as const;

/** What of a page says whether it is answered. */
export type AwaitedPage = Pick<Page, 'people' | 'channels' | 'dropped' | 'acknowledgedBy'>;

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
  /** The page that waits for an answer: whom it meant, and how many of them must acknowledge. */
  readonly paged: AwaitedPage | null;
  /** Everybody who was paged since it was last unanswered. */
  readonly pagedPeople: readonly string[];
  /** Every place that many people read and that was paged since then, by the policy's names. */
  readonly pagedPlaces: readonly string[];
  /** Who acknowledged since then, and since the last page. */
  readonly acknowledgedBy: readonly string[];
  readonly acknowledgedSince: readonly string[];
  /** What holds its pages back: a maintenance window, or an incident of something it depends on. */
  readonly heldBy: { readonly by: string; readonly id: string } | null;
  /** When it pages again unless work has begun; after a snooze in any case. */
  readonly pageAgainAt: Instant | null;
  readonly snoozed: boolean;
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
const addedInVersion2 = {
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

/** The fields that version 4 brought. */
const addedInVersion4 = {
  paged: null,
  pagedPeople: [],
  pagedPlaces: [],
  acknowledgedBy: [],
  acknowledgedSince: [],
  heldBy: null,
  pageAgainAt: null,
  snoozed: false,
} as const satisfies Partial<IncidentFields>;

/** What an incident has besides what it was opened with, as it is for one that an earlier version opened. */
export const added = { ...addedInVersion2, ...addedInVersion4 } as const;
