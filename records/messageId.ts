import { ownMessage } from '../domain/mail/thread.ts';
import type { EffectKey } from '../domain/ids.ts';
import { isSameSignature, sign } from './signing.ts';

const MARK_BYTES = 16;

/** In hexadecimal digits, for servers between may change the case of letters. */
function markOf(secret: string, key: string): string {
  return sign(secret, `message-id:${key}`).subarray(0, MARK_BYTES).toString('hex');
}

/**
 * The Message-ID of a message, the same for every repeat: its key, and a mark that only those know who were sent it.
 * @param secret PROVISOR_SECRET
 * @param host on its right-hand side
 */
export function messageId(secret: string, key: string, host: string): string {
  return `<${key.replaceAll('/', '.')}.${markOf(secret, key)}@${host}>`;
}

/**
 * The message of ours that a Message-ID names, if it is one that was sent: the key alone can be guessed, and names of earlier versions had nothing else.
 * @param secrets PROVISOR_SECRET, and the one before it
 */
export function sentMessage(
  id: string,
  host: string,
  secrets: readonly string[],
): EffectKey | undefined {
  const { key, mark = '' } = ownMessage(id, host) ?? {};
  if (key === undefined) return undefined;
  const isMarked = secrets.some((secret) => isSameSignature(mark, markOf(secret, key)));
  return isMarked ? key : undefined;
}
