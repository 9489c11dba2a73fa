import { beginDelivery } from '../../db/deliveries.ts';
import { linksParameter, storingLinks } from '../../db/links.ts';
import type { Pool } from '../../db/pool.ts';
import type { Instant } from '../../domain/time.ts';
import type { LinkAddressee, PageLinks } from '../../records/links.ts';
import { pageLinks } from '../../records/links.ts';
import { testDriver } from './database.ts';

/** Begins an attempt at a message without links. @returns its id, for what comes of it */
export async function startDelivery(
  pool: Pool,
  effect: Parameters<typeof beginDelivery>[1],
  at: Instant,
): Promise<string> {
  const begun = await beginDelivery(pool, effect, { links: [], driver: testDriver, at });
  if (begun.kind !== 'begun') throw new Error(`${effect.key} is ${begun.kind}`);
  return begun.id;
}

/** The links of a message, stored whether or not it is sent. */
export async function storedLinks(
  pool: Pool,
  secret: string,
  to: LinkAddressee,
): Promise<PageLinks> {
  const links = pageLinks(secret, to);
  await pool.query(`with given as (select), ${storingLinks('$1', 'given')} select`, [
    linksParameter(links.stored),
  ]);
  return links;
}
