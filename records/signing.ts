import { createHmac, timingSafeEqual } from 'node:crypto';

/** HMAC-SHA256. Each use begins its text with a word of its own, so that what was signed for one never passes for another. */
export function sign(secret: string, text: string): Buffer {
  return createHmac('sha256', secret).update(text, 'utf8').digest();
}

/**
 * The secret with which webhooks to an address are signed, as Standard Webhooks writes it (`whsec_` and base64). It is derived from the
 * installation's own, so that each receiver knows just its own and nothing is stored.
 * @param secret PROVISOR_SECRET
 * @param url of the receiver, as in the policy
 */
export function webhookSecret(secret: string, url: string): string {
  return `whsec_${sign(secret, `webhook:${url}`).toString('base64')}`;
}

/** Whether a signature is the expected one, in a time that does not tell where they differ. Compared as text: several base64 texts can stand for the same bytes. */
export function isSameSignature(given: string, expected: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}
