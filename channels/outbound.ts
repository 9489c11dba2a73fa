import { lookup as systemLookup } from 'node:dns';
import type { LookupAddress, LookupOptions } from 'node:dns';
import { isIP } from 'node:net';
import type { LookupFunction } from 'node:net';
import { addressGuard } from './addresses.ts';
import { DeliveryError } from './channel.ts';

/** All addresses of a name: `dns.lookup` with `all`, or a stand-in. */
export type Resolve = (
  hostname: string,
  options: LookupOptions & { all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** Where requests may go. */
export interface Outbound {
  /**
   * Checks an address as far as it can be without asking the name service.
   * @throws DeliveryError for another scheme, or an IP address that is not allowed
   */
  parse(address: string): URL;
  /**
   * Resolves a name for a connection, and fails when any of its addresses is not allowed. Give it to the request itself: then the connection
   * goes to the very addresses that were checked, whatever the name stands for a moment later.
   */
  readonly lookup: LookupFunction;
}

function refusal(host: string, address: string): DeliveryError {
  const where = host === address ? host : `${host} (${address})`;
  const text = `${where} is not on the public internet: name its network or its host in PROVISOR_OUTBOUND_ALLOW if messages may go there`;
  return new DeliveryError(text, { retryable: false });
}

/** A host's name as `URL` writes it, which is how requests ask for it; undefined for what is none, such as a network. */
function hostNameOf(entry: string): string | undefined {
  if (!/^[\p{L}\p{N}_.-]+$/u.test(entry) || !URL.canParse(`http://${entry}`)) return undefined;
  const { hostname } = new URL(`http://${entry}`);
  return isIP(hostname) === 0 ? hostname : undefined;
}

/**
 * Keeps outbound requests away from the machine itself and the networks around it (server-side request forgery).
 * @param allowed what may be reached all the same: networks such as `10.1.2.0/24`, and names of hosts, which may stand for any address
 * @throws Error for an entry that is neither
 */
export function createOutbound(
  allowed: readonly string[],
  resolve: Resolve = systemLookup,
): Outbound {
  const names = new Set(allowed.map(hostNameOf).filter((name) => name !== undefined));
  const mayReach = addressGuard(allowed.filter((entry) => hostNameOf(entry) === undefined));
  return {
    parse(address) {
      const url = URL.canParse(address) ? new URL(address) : undefined;
      if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
        throw new DeliveryError('the address is no http or https address', { retryable: false });
      }
      // The URL parser has already turned 0x7f.1, 2130706433 and the like into plain addresses.
      const host = url.hostname.replace(/^\[|\]$/g, '');
      // No name, so `lookup` will not be called for it.
      if (isIP(host) !== 0 && !mayReach(host)) throw refusal(host, host);
      return url;
    },
    lookup(hostname, options, callback) {
      resolve(hostname, { ...options, all: true }, (error, addresses) => {
        if (error !== null) {
          callback(error, []);
          return;
        }
        const [first] = addresses;
        const bad = names.has(hostname)
          ? undefined
          : addresses.find(({ address }) => !mayReach(address));
        if (bad !== undefined) callback(refusal(hostname, bad.address), []);
        else if (first === undefined) callback(new Error(`${hostname} has no address`), []);
        else if (options.all === true) callback(null, addresses);
        else callback(null, first.address, first.family);
      });
    },
  };
}
