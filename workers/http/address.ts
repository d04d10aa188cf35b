// Which addresses a call to somebody else's system may reach: public ones, unless the installation says otherwise.
// Names are resolved here, and every address that a name has must be allowed; the connection goes to these addresses.
import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { BlockList, isIPv4, isIPv6 } from 'node:net';

// IANA's registries of special-purpose addresses: what is not reachable from everywhere.
const notPublic = new BlockList();
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const) {
  notPublic.addSubnet(network, bits, 'ipv4');
}
// Inside 2000::/3: protocol assignments with Teredo and documentation, 6to4 (which may wrap a private IPv4), documentation.
for (const [network, bits] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const) {
  notPublic.addSubnet(network, bits, 'ipv6');
}

// The only part of IPv6 that was given out for the whole world: local, link and mapped addresses lie outside.
const everywhere = new BlockList();
everywhere.addSubnet('2000::', 3, 'ipv6');

/** True for an address that does not belong to the public network, and for what is no address. */
export function isPrivate(address: string): boolean {
  if (isIPv4(address)) return notPublic.check(address, 'ipv4');
  // A zone names an interface of this machine.
  if (!isIPv6(address) || address.includes('%')) return true;
  const translated = translatedOf(address);
  if (translated !== undefined) return isPrivate(translated);
  return !everywhere.check(address, 'ipv6') || notPublic.check(address, 'ipv6');
}

/** The IPv4 address that a NAT64 gateway makes of an address of its well-known prefix. */
function translatedOf(address: string): string | undefined {
  // A URL writes an address in its one shortest form.
  const { hostname } = new URL(`http://[${address}]`);
  const words = /^\[64:ff9b::(?:([0-9a-f]{1,4}):)?([0-9a-f]{1,4})?\]$/.exec(hostname);
  if (words === null) return undefined;
  const [high, low] = [words[1], words[2]].map((word) => Number.parseInt(word ?? '0', 16)) as [
    number,
    number,
  ];
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/** Why a target may not be called. `unknown-host` may pass; the others will not. */
export interface Unreachable {
  readonly problem: 'bad-url' | 'private-address' | 'unknown-host';
}

/** Where a connection may go, or why it may not. */
export type Reachable = { readonly addresses: readonly LookupAddress[] } | Unreachable;

interface Rules {
  readonly allowPrivateAddresses: boolean;
  /** Ends the question to the resolver. */
  readonly signal?: AbortSignal;
}

/** Finds the addresses behind a URL of HTTP, and refuses those of this machine and of private networks. */
export async function reachable(url: string, rules: Rules): Promise<Reachable> {
  if (!URL.canParse(url)) return { problem: 'bad-url' };
  const { protocol, hostname, username, password } = new URL(url);
  const isPlain = (protocol === 'http:' || protocol === 'https:') && username === '' && password === '';
  return isPlain ? reachableHost(hostname.replace(/^\[|\]$/g, ''), rules) : { problem: 'bad-url' };
}

/** The same for a host by its name or address. */
export async function reachableHost(
  host: string,
  { allowPrivateAddresses, signal }: Rules,
): Promise<Reachable> {
  try {
    const asked = lookup(host, { all: true });
    const addresses = await (signal === undefined ? asked : Promise.race([asked, aborted(signal)]));
    const isRefused = !allowPrivateAddresses && addresses.some(({ address }) => isPrivate(address));
    return isRefused ? { problem: 'private-address' } : { addresses };
  } catch {
    return { problem: 'unknown-host' };
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const fail = (): void => reject(new Error('aborted'));
    if (signal.aborted) fail();
    else signal.addEventListener('abort', fail, { once: true });
  });
}
