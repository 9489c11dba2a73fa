/** A flag of a command: the name of its field in the API's body. */
export interface Flag {
  readonly name: string;
  readonly describe: string;
  readonly required?: true;
  readonly kind?: 'number';
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

export const openFlags: readonly Flag[] = [
  { name: 'title', describe: 'what is wrong, in one line', required: true },
  impact,
  urgency,
  { name: 'description', describe: 'everything that helps' },
  { name: 'service', describe: 'a service of the policy' },
  { name: 'ci', describe: 'the configuration item' },
  { name: 'requester', describe: 'for whom, when not for yourself' },
];

const reason: Flag = { name: 'reason', describe: 'why, in words', required: true };

/** The commands of an incident and their flags, as the API takes them. */
export const incidentCommands: Readonly<Record<string, { does: string; flags: readonly Flag[] }>> =
  {
    acknowledge: { does: 'say "I have seen it": the escalation stops', flags: [] },
    assign: {
      does: 'give it to a team, and to one of its members',
      flags: [
        { name: 'team', describe: 'a team of the policy' },
        { name: 'assignee', describe: 'a member of the team' },
      ],
    },
    start: { does: 'begin to work on it', flags: [] },
    hold: {
      does: 'let it wait for something outside',
      flags: [
        { name: 'reason', describe: 'a hold reason of the policy', required: true },
        { name: 'comment', describe: 'what it waits for' },
      ],
    },
    resume: { does: 'go on after a hold', flags: [] },
    resolve: {
      does: 'service is restored',
      flags: [
        { name: 'code', describe: 'how, as one word', required: true },
        { name: 'notes', describe: 'what was done', required: true },
      ],
    },
    reopen: { does: 'it is not restored after all', flags: [reason] },
    close: { does: 'confirm that it is done', flags: [] },
    cancel: { does: 'withdraw it: there was nothing to restore', flags: [reason] },
    comment: {
      does: 'add a comment',
      flags: [
        { name: 'text', describe: 'the comment', required: true },
        { name: 'visibility', describe: 'public (default) or internal' },
      ],
    },
    prioritise: { does: 'set impact and urgency', flags: [impact, urgency, reason] },
  };
