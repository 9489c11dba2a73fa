import type { AnswerCommand } from '../../records/answers.ts';
import type { InboundOutcome } from '../../records/inbound.ts';

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
    'unknownPerson',
    'Nothing has changed: it is not known who you are here. Answer by the link of your own page.',
  ],
  [
    'wrongCode',
    'Nothing has changed: no page of the last day has that code. Answer with the code of the newest one.',
  ],
]);

/** What came of an answer, for whoever gave it. */
export function outcomeWords(outcome: InboundOutcome, command: AnswerCommand): string {
  if (outcome === 'given') return given[command];
  return others.get(outcome) ?? 'Nothing has changed.';
}
