import type { LookupAddress } from 'node:dns';
import { addressGuard } from '../../channels/addresses.ts';
import { createOutbound } from '../../channels/outbound.ts';
import type { Resolve } from '../../channels/outbound.ts';

const denied = [
  '0.0.0.0',
  '10.1.2.3',
  '100.64.0.1',
  '127.0.0.1',
  '127.255.255.254',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.8',
  '192.0.2.1',
  '192.88.99.1',
  '192.168.1.1',
  '198.18.0.1',
  '198.51.100.1',
  '203.0.113.1',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::ffff:127.0.0.1',
  '::ffff:8.8.8.8',
  '::127.0.0.1',
  '64:ff9b::7f00:1',
  '64:ff9b:1::a00:1',
  '100::1',
  '2001::1',
  '2001:db8::1',
  '2002:7f00:1::1',
  '3fff::1',
  'fc00::1',
  'fd12:3456::1',
  'fe80::1',
  'fe80::1%eth0',
  'fec0::1',
  'ff02::1',
  'no address',
  '',
];

const allowed = [
  '8.8.8.8',
  '172.32.0.1',
  '100.128.0.1',
  '192.167.255.255',
  '2606:4700::1111',
  '2a00:1450::1',
];

test.each(denied)('nothing is sent to %s', (address) => {
  expect(addressGuard([])(address)).toBe(false);
});

test.each(allowed)('%s is the public internet', (address) => {
  expect(addressGuard([])(address)).toBe(true);
});

test('a network that was allowed by name is reached, and its neighbours are not', () => {
  const mayReach = addressGuard(['10.1.2.0/24', 'fd00:1::/64']);
  expect(['10.1.2.9', 'fd00:1::9', '8.8.8.8'].map(mayReach)).toEqual([true, true, true]);
  expect(['10.1.3.9', 'fd00:2::9', '::ffff:10.1.2.9'].map(mayReach)).toEqual([false, false, false]);
});

test('allowing all of IPv4 does not allow IPv6, nor the other way round', () => {
  expect(addressGuard(['0.0.0.0/0'])('::1')).toBe(false);
  expect(addressGuard(['::/0'])('127.0.0.1')).toBe(false);
});

test('an entry that is no network is named', () => {
  expect(() => addressGuard(['10.0.0.0/99'])).toThrow('PROVISOR_OUTBOUND_ALLOW: "10.0.0.0/99"');
});

test.each([
  'http://127.0.0.1/',
  'http://2130706433/',
  'http://0x7f000001/',
  'http://0177.0.0.1/',
  'http://127.1/',
  'http://0/',
  'http://[::1]/',
  'http://[::ffff:127.0.0.1]/',
  'http://[::ffff:7f00:1]/',
  'http://[64:ff9b::169.254.169.254]/',
  'http://169.254.169.254/latest/meta-data/',
  'http://１２７.0.0.1/',
  'http://user@10.0.0.1/',
  'http://hooks.example.org@10.0.0.1/',
  'http://127.0.0.1./',
  'http://[::ffff:0:127.0.0.1]/',
  'http://[64:ff9b::7f00:1]/',
  'http://[2002:7f00:1::]/',
  'http://[fd00:ec2::254]/latest/meta-data/',
  'http://100.100.100.200/latest/meta-data/',
  'http://0xa9.0xfe.0xa9.0xfe/',
  'http://0251.0376.0251.0376/',
  'http://①②⑦.⓪.⓪.①/',
  'http:\\\\127.0.0.1\\',
])('the literal address in %s is refused before anything is asked', (url) => {
  expect(() => createOutbound([]).parse(url)).toThrow('PROVISOR_OUTBOUND_ALLOW');
});

test.each([
  'http://[fe80::1%25eth0]/',
  'http://256.0.0.1/',
  'file:///etc/passwd',
  'ftp://example.org/',
  'gopher://example.org/',
  'nonsense',
  '',
])('only http and https leave the house, not "%s"', (url) => {
  expect(() => createOutbound([]).parse(url)).toThrow('no http or https address');
});

function lookUp(
  addresses: LookupAddress[],
  all: boolean,
  { name = 'hooks.example.org', allow = [] }: { name?: string; allow?: string[] } = {},
) {
  const resolve: Resolve = (_name, _options, callback) => {
    callback(null, addresses);
  };
  return new Promise((fulfil, reject) => {
    createOutbound(allow, resolve).lookup(name, { all }, (error, address, family) => {
      if (error === null) fulfil([address, family]);
      else reject(error);
    });
  });
}

const inside = { address: '10.0.0.1', family: 4 };
const outside = { address: '8.8.8.8', family: 4 };

test('a name is refused when any of its addresses lies inside', async () => {
  await expect(lookUp([outside, inside], true)).rejects.toThrow('hooks.example.org (10.0.0.1)');
  await expect(lookUp([inside], false)).rejects.toMatchObject({ retryable: false });
});

test('the addresses that were checked are the ones to connect to', async () => {
  expect(await lookUp([outside], true)).toEqual([[outside], undefined]);
  expect(await lookUp([outside], false)).toEqual(['8.8.8.8', 4]);
  await expect(lookUp([], false)).rejects.toThrow('has no address');
});

test('a host that was allowed by its name is reached wherever it is, and no other name or address there', async () => {
  const allow = ['Hooks.internal', 'bücher.internal'];
  for (const name of ['hooks.internal', 'xn--bcher-kva.internal']) {
    expect(await lookUp([inside, outside], true, { name, allow })).toEqual([
      [inside, outside],
      undefined,
    ]);
  }
  for (const name of ['other.internal', 'a.hooks.internal', 'hooks.internal.example.org']) {
    await expect(lookUp([inside], true, { name, allow })).rejects.toThrow('10.0.0.1');
  }
  expect(() => createOutbound(allow).parse('http://10.0.0.1/')).toThrow('PROVISOR_OUTBOUND_ALLOW');
});

test.each(['127.0.0.1', '2130706433', '0x7f.1', '[::1]', 'a/b', 'a:80', '*', ''])(
  'an entry %j is neither a network nor the name of a host',
  (entry) => {
    expect(() => createOutbound([entry])).toThrow('PROVISOR_OUTBOUND_ALLOW');
  },
);
