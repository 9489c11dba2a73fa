import { BlockList, isIP } from 'node:net';

/** Networks that are not the public internet, by IANA's registry of special-purpose addresses (RFC 6890). */
const denied4 = [
  '0.0.0.0/8', // this host
  '10.0.0.0/8', // private
  '100.64.0.0/10', // carrier-grade NAT
  '127.0.0.0/8', // loopback
  '169.254.0.0/16', // link-local: also the metadata service of clouds
  '172.16.0.0/12', // private
  '192.0.0.0/24', // protocol assignments
  '192.0.2.0/24', // documentation
  '192.88.99.0/24', // 6to4 relays
  '192.168.0.0/16', // private
  '198.18.0.0/15', // benchmarks
  '198.51.100.0/24', // documentation
  '203.0.113.0/24', // documentation
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved, broadcast
];

/**
 * Of IPv6 only 2000::/3 is the public internet. The three networks around it hold the unspecified address, loopback, IPv4-mapped addresses,
 * NAT64, unique local, link-local and multicast addresses. The others lie within it and lead elsewhere.
 */
const denied6 = [
  '::/3',
  '4000::/2',
  '8000::/1',
  '2001::/23', // protocol assignments, Teredo
  '2001:db8::/32', // documentation
  '2002::/16', // 6to4: carries an IPv4 address
  '3fff::/20', // documentation
];

type Family = 'ipv4' | 'ipv6';

/** A list for each family: in a common one Node also matches IPv4 addresses against IPv6 networks, as if they were mapped. */
type Networks = Readonly<Record<Family, BlockList>>;

function networksOf(list: readonly string[], setting: string, instead = ''): Networks {
  const networks = { ipv4: new BlockList(), ipv6: new BlockList() };
  for (const entry of list) {
    // Without its prefix it would be NaN, and refused: an address alone is no network, and must not be all of them.
    const [address = '', prefix = 'none'] = entry.split('/');
    const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
    try {
      networks[family].addSubnet(address, Number(prefix), family);
    } catch {
      throw new Error(
        `${setting}: "${entry}" is no network: write for example 10.1.2.0/24 or fd00:1::/64${instead}`,
      );
    }
  }
  return networks;
}

function contains(networks: Networks, address: string): boolean {
  // A zone (fe80::1%eth0) says by which interface, not where.
  const [bare = ''] = address.split('%');
  const version = isIP(bare);
  if (version === 0) return false;
  const family = version === 4 ? 'ipv4' : 'ipv6';
  return networks[family].check(bare, family);
}

/**
 * Tells whether an IP address lies in one of these networks.
 * @param setting that names them, for its error
 * @throws Error for an entry that is no network
 */
export function withinNetworks(
  list: readonly string[],
  setting: string,
): (address: string) => boolean {
  const networks = networksOf(list, setting);
  return (address) => contains(networks, address.replace(/^::ffff:(?=\d+\.)/i, ''));
}

/**
 * Tells whether requests may go to an IP address: to the public internet, and to networks that were allowed by name.
 * @param allowed networks such as `10.1.2.0/24`
 * @throws Error for an entry that is no network
 */
export function addressGuard(allowed: readonly string[]): (address: string) => boolean {
  const denied = networksOf([...denied4, ...denied6], 'denied');
  const exceptions = networksOf(allowed, 'PROVISOR_OUTBOUND_ALLOW', ', or the name of a host');
  return (address) =>
    isIP(address.split('%')[0] ?? '') !== 0 &&
    (contains(exceptions, address) || !contains(denied, address));
}
