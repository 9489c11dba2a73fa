import { extendLease, LEASE_SECONDS } from '../db/effects.ts';
import type { StoredEffect } from '../db/effects.ts';
import type { Pool } from '../db/pool.ts';

const RENEW_MS = 3_000;

/**
 * Keeps the lease of a claimed effect while it is carried out.
 * @param onRenew called at each renewal: a sign of life for whoever waits
 */
export async function whileLeased<T>(
  pool: Pool,
  { key, attempts }: StoredEffect,
  work: () => Promise<T>,
  onRenew: () => void = () => undefined,
): Promise<T> {
  const renewal = setInterval(() => {
    onRenew();
    extendLease(pool, key, attempts, LEASE_SECONDS).catch(() => undefined);
  }, RENEW_MS);
  try {
    return await work();
  } finally {
    clearInterval(renewal);
  }
}
