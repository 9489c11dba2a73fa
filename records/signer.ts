import { createHash, createPrivateKey, createPublicKey, hkdfSync, sign, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

/** An Ed25519 key in PKCS #8 (RFC 8410) is this and the 32 bytes of its seed. */
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');

export interface PublicKey {
  /** Short, for people to compare. */
  readonly id: string;
  /** SPKI in PEM, as openssl reads it. */
  readonly pem: string;
}

export interface Signer extends PublicKey {
  sign(text: string): Buffer;
}

function toPublic(key: KeyObject): PublicKey {
  const der = key.export({ type: 'spki', format: 'der' });
  const id = createHash('sha256').update(der).digest('hex').slice(0, 16);
  return { id, pem: key.export({ type: 'spki', format: 'pem' }).toString() };
}

/** The signer of checkpoints. @param secret PROVISOR_AUDIT_KEY: any long random text; the Ed25519 key is derived from it by HKDF-SHA256 */
export function createSigner(secret: string): Signer {
  const seed = Buffer.from(hkdfSync('sha256', secret, '', 'provisor audit checkpoints', 32));
  const key = createPrivateKey({
    key: Buffer.concat([PKCS8_HEAD, seed]),
    format: 'der',
    type: 'pkcs8',
  });
  return {
    ...toPublic(createPublicKey(key)),
    sign: (text) => sign(null, Buffer.from(text, 'utf8'), key),
  };
}

/** A public key in PEM. @throws Error when it is none of Ed25519 */
export function readPublicKey(pem: string): PublicKey {
  let key: KeyObject | undefined;
  try {
    key = createPublicKey(pem);
  } catch {
    key = undefined;
  }
  if (key?.asymmetricKeyType !== 'ed25519') {
    throw new Error('it must be an Ed25519 public key in PEM, as "provisor audit key" prints it');
  }
  return toPublic(key);
}

export function isSignedBy({ pem }: PublicKey, text: string, signature: Buffer): boolean {
  return verify(null, Buffer.from(text, 'utf8'), createPublicKey(pem), signature);
}
