/** How an answer to a page came: by the link in the message, or in reply to it, as a button, a text or a key is. */
export type Via = 'link' | 'reply';

/** Which message was answered, and how. */
export interface Origin {
  readonly effectKey: string;
  readonly via: Via;
}

/** The id of the command that an answer is. It is part of the event's hash: by which message somebody answered stays as provable as who did. */
export function answerId({ effectKey, via }: Origin, person: string, answer: string): string {
  return `answer/${effectKey}/${person}/${answer}/${via}`;
}

const ANSWER_ID = /^answer\/([^/]+\/\d+\/\d+)\/[^/]+\/\w+\/(link|reply)$/;

/** Where an event came from, by its command's id; undefined for what is no answer to a page, or was given before that was noted. */
export function originOf(commandId: string): Origin | undefined {
  const [, effectKey, via] = ANSWER_ID.exec(commandId) ?? [];
  if (effectKey === undefined) return undefined;
  return { effectKey, via: via === 'link' ? 'link' : 'reply' };
}
