// Which addresses a webhook may reach: public ones, unless the installation says otherwise.
// Names are resolved here, and every address that a name has must be allowed; the connection goes to these addresses.
import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { BlockList, isIPv6 } from 'node:net';
import type { Deps } from './work.ts';

const blocked = new BlockList();
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const) {
  blocked.addSubnet(network, bits, 'ipv4');
}
for (const [network, bits] of [
  ['::', 128],
  ['::1', 128],
  ['64:ff9b::', 96],
  ['2001::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const) {
  blocked.addSubnet(network, bits, 'ipv6');
}

/** True for an address that belongs to this machine or to a private network. */
export function isPrivate(address: string): boolean {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  const plain = mapped ?? address;
  return blocked.check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4');
}

/** Where a webhook may connect to, or why it may not. */
export type Reachable =
  | { readonly addresses: readonly LookupAddress[] }
  | { readonly problem: 'bad-url' | 'private-address' | 'unknown-host' };

/** Finds the addresses behind a URL, and refuses those of this machine and of private networks. */
export async function reachable(
  url: string,
  { allowPrivateAddresses }: Pick<Deps, 'allowPrivateAddresses'>,
): Promise<Reachable> {
  if (!URL.canParse(url)) return { problem: 'bad-url' };
  const { protocol, hostname, username, password } = new URL(url);
  const isPlain = (protocol === 'http:' || protocol === 'https:') && username === '' && password === '';
  if (!isPlain) return { problem: 'bad-url' };
  try {
    const addresses = await lookup(hostname.replace(/^\[|\]$/g, ''), { all: true });
    const isRefused = !allowPrivateAddresses && addresses.some(({ address }) => isPrivate(address));
    return isRefused ? { problem: 'private-address' } : { addresses };
  } catch {
    return { problem: 'unknown-host' };
  }
}
