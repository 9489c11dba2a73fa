import { createHmac } from 'node:crypto';
import { isSameSignature } from '../../records/signing.ts';

/** The provider may sign the address with its port, or without: both are the same address. */
function spellings(address: string): string[] {
  const url = new URL(address);
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  const rest = url.pathname + url.search;
  const bare = `${url.protocol}//${url.hostname}`;
  return [address, `${bare}${rest}`, `${bare}:${port}${rest}`];
}

function signed(address: string, parameters: URLSearchParams): string {
  const names = [...new Set(parameters.keys())].sort();
  const parts = names.flatMap((name) =>
    [...new Set(parameters.getAll(name))].sort().map((value) => `${name}${value}`),
  );
  return address + parts.join('');
}

/**
 * Whether a call-back comes from the account's provider (https://www.twilio.com/docs/usage/security#validating-requests).
 * @param authToken TWILIO_AUTH_TOKEN
 * @param address as the provider was given it: PUBLIC_URL, path and query, not what a proxy made of them
 * @param parameters the form that was posted
 * @param signature X-Twilio-Signature
 */
export function isFromTwilio(
  authToken: string,
  address: string,
  parameters: URLSearchParams,
  signature: string | undefined,
): boolean {
  if (signature === undefined) return false;
  return spellings(address).some((spelling) => {
    // SHA-1 is the provider's choice: as an HMAC it is still sound.
    const hmac = createHmac('sha1', authToken).update(signed(spelling, parameters), 'utf8');
    return isSameSignature(signature, hmac.digest('base64'));
  });
}
