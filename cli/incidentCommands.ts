/** A flag of a command: the name of its field in the API's body; `followUpAt` is typed as `--follow-up-at`. */
export interface Flag {
  readonly name: string;
  readonly describe: string;
  readonly required?: true;
  /** Absent: text. A switch has no value. */
  readonly kind?: 'number' | 'switch';
}

const impact: Flag = {
  name: 'impact',
  describe: 'how much is affected; 1 is the most',
  required: true,
  kind: 'number',
};
const urgency: Flag = {
  name: 'urgency',
  describe: 'how soon it hurts; 1 is the soonest',
  required: true,
  kind: 'number',
};

const category: Flag = { name: 'category', describe: 'what kind of trouble, as a name' };
const channel: Flag = {
  name: 'channel',
  describe: 'how it came in: portal, phone, mail, monitoring or "in person"',
};
const externalReference: Flag = { name: 'externalReference', describe: 'its number elsewhere' };
const detectedAt: Flag = { name: 'detectedAt', describe: 'when it was noticed (ISO 8601)' };
const startedAt: Flag = { name: 'startedAt', describe: 'when it began (ISO 8601)' };

export const openFlags: readonly Flag[] = [
  { name: 'title', describe: 'what is wrong, in one line', required: true },
  impact,
  urgency,
  { name: 'description', describe: 'everything that helps' },
  { name: 'service', describe: 'a service of the policy' },
  { name: 'ci', describe: 'the configuration item' },
  category,
  channel,
  { name: 'requester', describe: 'for whom, when not for yourself' },
  externalReference,
  detectedAt,
  startedAt,
];

const relation: Flag = {
  name: 'relation',
  describe: 'parent, duplicate, follows, problem or change',
  required: true,
};
const reason: Flag = { name: 'reason', describe: 'why, in words', required: true };

/** The commands of an incident and their flags, as the API takes them. */
export const incidentCommands: Readonly<Record<string, { does: string; flags: readonly Flag[] }>> =
  {
    acknowledge: { does: 'say "I have seen it": the escalation stops', flags: [] },
    snooze: {
      does: 'say "I have seen it, page again later"',
      flags: [
        {
          name: 'minutes',
          describe: 'how long until it pages again; at most a day',
          required: true,
          kind: 'number',
        },
      ],
    },
    assign: {
      does: 'give it to a team, and to one of its members',
      flags: [
        { name: 'team', describe: 'a team of the policy' },
        { name: 'assignee', describe: 'a member of the team' },
      ],
    },
    start: { does: 'begin to work on it', flags: [] },
    prioritise: { does: 'set impact and urgency', flags: [impact, urgency, reason] },
    hold: {
      does: 'let it wait for something outside',
      flags: [
        { name: 'reason', describe: 'a hold reason of the policy', required: true },
        { name: 'comment', describe: 'what it waits for' },
        { name: 'followUpAt', describe: 'when to look again (ISO 8601; default: by policy)' },
      ],
    },
    resume: { does: 'go on after a hold', flags: [] },
    resolve: {
      does: 'service is restored',
      flags: [
        { name: 'code', describe: 'how, as one word', required: true },
        { name: 'notes', describe: 'what was done', required: true },
        { name: 'restoredAt', describe: 'when service was restored, if earlier (ISO 8601)' },
        { name: 'restoredReason', describe: 'why that was earlier' },
      ],
    },
    reopen: { does: 'it is not restored after all', flags: [reason] },
    close: { does: 'confirm that it is done', flags: [] },
    cancel: { does: 'withdraw it: there was nothing to restore', flags: [reason] },
    escalate: { does: 'page the next step now, whatever the priority', flags: [reason] },
    comment: {
      does: 'add a comment',
      flags: [
        { name: 'text', describe: 'the comment', required: true },
        { name: 'visibility', describe: 'public (default) or internal' },
      ],
    },
    watch: {
      does: 'be told of what is public',
      flags: [{ name: 'person', describe: 'who is to be told (default: you)' }],
    },
    unwatch: {
      does: 'be told no more',
      flags: [{ name: 'person', describe: 'who (default: you)' }],
    },
    proposeMajor: { does: 'propose it as a major incident', flags: [reason] },
    acceptMajor: {
      does: 'lead it as a major incident',
      flags: [{ name: 'commander', describe: 'who leads', required: true }],
    },
    demoteMajor: { does: 'it is no major incident after all', flags: [reason] },
    inform: {
      does: 'tell stakeholders, requester and watchers how it stands',
      flags: [{ name: 'text', describe: 'how it stands', required: true }],
    },
    review: {
      does: 'record what the review of a major incident found',
      flags: [{ name: 'notes', describe: 'what it found', required: true }],
    },
    amend: {
      does: 'put details right',
      flags: [
        { name: 'service', describe: 'a service of the policy' },
        { name: 'ci', describe: 'the configuration item' },
        category,
        channel,
        externalReference,
        detectedAt,
        startedAt,
      ],
    },
    logWork: {
      does: 'note time that was worked',
      flags: [
        { name: 'minutes', describe: 'how many minutes', required: true, kind: 'number' },
        { name: 'note', describe: 'on what' },
      ],
    },
    link: {
      does: 'link it to its parent, the incident that it repeats or follows, a problem or a change',
      flags: [
        relation,
        { name: 'number', describe: 'of the other record, such as INC-7', required: true },
      ],
    },
    unlink: { does: 'take a link away', flags: [relation] },
    correct: {
      does: 'take time out of a clock; a breach stays',
      flags: [
        { name: 'clock', describe: 'respond or resolve', required: true },
        { name: 'fromAt', describe: 'from when (ISO 8601)', required: true },
        { name: 'toAt', describe: 'until when (ISO 8601)', required: true },
        reason,
      ],
    },
    redact: {
      does: 'erase texts for good; the audit chain stays valid',
      flags: [
        { name: 'seq', describe: 'of one event, by its number in the timeline', kind: 'number' },
        { name: 'field', describe: 'of one field, such as title' },
        { name: 'all', describe: 'every text of it', kind: 'switch' },
        reason,
      ],
    },
  };
