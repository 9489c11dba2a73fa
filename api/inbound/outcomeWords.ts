import type { AnswerCommand } from '../../records/answers.ts';
import type { InboundOutcome } from '../../records/inbound.ts';

/** Who is told, as far as the words depend on it. */
export interface Reader {
  readonly where: 'slack' | 'mattermost' | 'telephone';
  /** The chat server's name for them. */
  readonly user?: string;
}

const given: Readonly<Record<AnswerCommand, string>> = {
  acknowledge: 'Thank you: your acknowledgement is noted.',
  escalate: 'The next step is paged now.',
};

const others = new Map<InboundOutcome, string>([
  ['kept', 'Your answer is kept, and has its effect in a moment.'],
  ['used', 'You gave this answer already.'],
  ['over', 'Nothing is left to do: it was acknowledged, or it is over.'],
  ['overtaken', 'Nothing has changed: that page is over. Answer the newest one.'],
  ['notAllowed', 'Nothing has changed: the policy no longer has you as an active person.'],
  ['notTheirs', 'Nothing has changed: that page went to somebody else. Answer your own.'],
  [
    'wrongCode',
    'Nothing has changed: no page of the last day has that code. Answer with the code of the newest one.',
  ],
]);

const unknown = 'Nothing has changed: it is not known who you are here.';

/** How whoever is not known becomes known, once. */
function introduce({ where, user = '' }: Reader): string {
  switch (where) {
    case 'slack':
      return `${unknown} Add your Slack user with "provisor contact add slack ${user}" and verify it, or answer by the link of your own page.`;
    case 'mattermost':
      return `${unknown} Ask for a code with "provisor contact code" to your own Mattermost hook, and press "This is me" there; or answer by the link of your own page.`;
    case 'telephone':
      return `${unknown} Answer by the link of your own page.`;
  }
}

/** What came of an answer, for whoever gave it. */
export function outcomeWords(
  outcome: InboundOutcome,
  command: AnswerCommand,
  reader: Reader,
): string {
  if (outcome === 'given') return given[command];
  if (outcome === 'unknownPerson') return introduce(reader);
  return others.get(outcome) ?? 'Nothing has changed.';
}
