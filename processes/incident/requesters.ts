import { entry } from '../../domain/policy.ts';
import type { RequesterView } from '../../domain/process.ts';
import type { IncidentFields } from './fields.ts';

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
