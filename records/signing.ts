import { createHmac } from 'node:crypto';

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
