import type { StoredEvent } from '../db/events.ts';
import type { Policy } from '../domain/policy.ts';
import { formatDuration, toIso } from '../domain/time.ts';
import { because, becauseOf, escalationStep } from './whyNotified.ts';

/** What a sentence about an event is made with: the policy that decided it, and the free texts. */
export interface Wording {
  readonly policy: Policy;
  readonly texts: ReadonlyMap<string, string>;
}

/** A person's name by the policy; an integration or a timer has its id for a name. */
export function nameOf(policy: Policy, id: string): string {
  return Object.hasOwn(policy.body.people, id) ? (policy.body.people[id]?.name ?? id) : id;
}

function inWords(event: StoredEvent, wording: Wording) {
  const { data, change } = event;
  const by = nameOf(wording.policy, event.actor.id);
  const text = (name: string): string => {
    const value = data[name];
    if (typeof value === 'number') return String(value);
    return typeof value === 'string' ? (wording.texts.get(value) ?? value) : '';
  };
  const field = (name: string): unknown => change.fields?.[name];
  return { by, text, field, data };
}

type Sentence = (words: ReturnType<typeof inWords>, wording: Wording) => string;

function paged({ data, text }: ReturnType<typeof inWords>, { policy }: Wording): string {
  const people = Array.isArray(data['people']) ? data['people'].map(String) : [];
  const channels = Array.isArray(data['channels']) ? data['channels'].map(String) : [];
  const whom = [
    ...people.map((person) => `${nameOf(policy, person)}${because(becauseOf(data, person))}`),
    ...channels.map((channel) => `the channel ${channel}`),
  ];
  const step = escalationStep(data['rule']);
  if (step === undefined) return `Paged ${whom.join(', ')}`;
  const steps = policy.body.escalations[step.escalation]?.steps.length;
  const of = steps === undefined ? '' : ` of ${steps}`;
  return `Paged ${whom.join(', ')} (step ${step.step + 1}${of}, round ${Number(text('round')) + 1})`;
}

function assigned({ by, field, data }: ReturnType<typeof inWords>, { policy }: Wording): string {
  const team = data['team'] ?? field('team');
  const { assignee } = data;
  const to = [
    ...(typeof assignee === 'string' ? [nameOf(policy, assignee)] : []),
    ...(typeof team === 'string' ? [`team ${policy.body.teams[team]?.name ?? team}`] : []),
  ];
  return `Assigned to ${to.join(' of ')} by ${by}`;
}

function watcher(
  by: string,
  data: ReturnType<typeof inWords>['data'],
  policy: Policy,
  does: string,
): string {
  const { person } = data;
  if (typeof person !== 'string' || nameOf(policy, person) === by) return `${by} ${does}`;
  return `${nameOf(policy, person)} ${does}, says ${by}`;
}

function moment(at: unknown): string {
  return typeof at === 'number' ? toIso(at) : String(at);
}

const sentences: Readonly<Partial<Record<string, Sentence>>> = {
  opened: ({ by, field }) => {
    const priority = field('priority');
    return typeof priority === 'number'
      ? `Opened by ${by} with priority ${priority}`
      : `Opened by ${by}`;
  },
  acknowledged: ({ by }) => `Acknowledged by ${by}`,
  assigned,
  started: ({ by }) => `Work begun by ${by}`,
  heldBack: ({ by, text }) =>
    `Put on hold by ${by}: ${text('reason')}${text('comment') === '' ? '' : `, ${text('comment')}`}`,
  followUpDue: () => 'The follow-up of the hold is due',
  resumed: ({ by }) => `Resumed by ${by}`,
  resolved: ({ by, text, data }) => {
    const back =
      data['restoredAt'] === undefined ? '' : `; restored at ${moment(data['restoredAt'])}`;
    const why = text('restoredReason') === '' ? '' : `, because ${text('restoredReason')}`;
    return `Resolved by ${by} (${text('code')}): ${text('notes')}${back}${why}`;
  },
  reopened: ({ by, text }) => `Reopened by ${by}: ${text('reason')}`,
  closed: ({ by, data }) =>
    data['clock'] === undefined ? `Closed by ${by}` : 'Closed by itself: nobody objected in time',
  cancelled: ({ by, text }) => `Cancelled by ${by}: ${text('reason')}`,
  commented: ({ by, text, data }) =>
    `${data['visibility'] === 'internal' ? 'Internal comment' : 'Comment'} by ${by}: ${text('text')}`,
  redacted: ({ by, text }) => `Texts erased by ${by}: ${text('reason')}`,
  attached: ({ by, text, data }) =>
    `${data['visibility'] === 'internal' ? 'Internal file' : 'File'} added by ${by}: ${text('name')}`,
  amended: ({ by, data }) => `Put right by ${by}: ${Object.keys(data).join(', ')}`,
  workLogged: ({ by, text }) =>
    `${text('minutes')} minutes worked by ${by}${text('note') === '' ? '' : `: ${text('note')}`}`,
  watched: ({ by, data }, { policy }) => watcher(by, data, policy, 'watches'),
  unwatched: ({ by, data }, { policy }) => watcher(by, data, policy, 'watches no more'),
  linked: ({ by, text }) => `Linked by ${by} to ${text('number')} as ${text('relation')}`,
  unlinked: ({ by, text }) => `Link to its ${text('relation')} taken away by ${by}`,
  escalated: ({ by, text }) => `Escalated by ${by}: ${text('reason')}`,
  majorProposed: ({ by, text }) => `Proposed as a major incident by ${by}: ${text('reason')}`,
  majorAccepted: ({ by, text }, { policy }) =>
    `Accepted as a major incident by ${by}; commander: ${nameOf(policy, text('commander'))}`,
  majorDemoted: ({ by, text }) => `No major incident after all, by ${by}: ${text('reason')}`,
  informed: ({ by, text }) => `Update by ${by}: ${text('text')}`,
  updateDue: () => 'The stakeholders are owed an update',
  reviewed: ({ by, text }) => `Reviewed by ${by}: ${text('notes')}`,
  reviewDue: () => 'The review of the major incident is due',
  clockCorrected: ({ by, text, data }) =>
    `${moment(data['fromAt'])} to ${moment(data['toAt'])} taken out of the ${text('clock')} clock by ${by}: ${text('reason')}`,
  prioritised: ({ by, text }) =>
    `Impact ${text('impact')} and urgency ${text('urgency')} set by ${by}: ${text('reason')}`,
  raised: ({ by, text }) => `Raised by ${by} for a more severe alert: ${text('reason')}`,
  alertsChanged: ({ text }) => `Alerts: ${text('firing')} firing, ${text('resolved')} resolved`,
  paged,
  pagesHeld: ({ text }) => `Pages held back by ${text('by')} ${text('id')}`,
  pagesReleased: () => 'Pages are held back no more',
  snoozed: ({ by, text }) => `Snoozed by ${by} for ${text('minutes')} minutes`,
  pagedAgain: () => 'Pages again: no work has begun, or the snooze is over',
  escalationExhausted: () => 'The escalation ended without an answer',
  pageFailed: ({ text, data }, { policy }) =>
    `The page to ${nameOf(policy, String(data['person']))} by ${text('channel')} was given up (${text('effect')})`,
  deadLetterDismissed: ({ by, text }) =>
    `${text('effect')}, which was given up, dismissed by ${by}: ${text('reason')}`,
  effectRetried: ({ by, text }) => `${text('effect')}, which was given up, sent again by ${by}`,
  policyApplied: () => 'Deadlines computed again under a new policy',
};

/** `heldBack` as people read it: `held back`. */
function plainWords(type: string): string {
  return type.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function ofClock(event: StoredEvent): string | undefined {
  const [clock, said] = event.type.split('.');
  const { share } = event.data;
  if (clock === undefined || typeof share !== 'number') return undefined;
  if (said === 'breached') return `The ${clock} deadline was missed`;
  return said === 'warned'
    ? `${Math.round(share * 100)} % of the time to ${clock} is used up`
    : undefined;
}

/** One line that says what an event was. */
export function summaryOf(event: StoredEvent, wording: Wording): string {
  const words = inWords(event, wording);
  const sentence = Object.hasOwn(sentences, event.type) ? sentences[event.type] : undefined;
  const line =
    sentence?.(words, wording) ?? ofClock(event) ?? `${plainWords(event.type)} by ${words.by}`;
  const lateMs = event.recordedAt - event.at;
  // A timer that was late says so: what followed from it was late too.
  return event.actor.kind === 'system' && lateMs > 60_000
    ? `${line} (recorded ${formatDuration(lateMs)} later)`
    : line;
}
