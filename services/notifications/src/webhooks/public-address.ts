import { lookup } from 'node:dns/promises';
import ipaddr from 'ipaddr.js';

/** An address that was checked and may be connected to. */
export interface CheckedAddress {
  readonly address: string;
  readonly family: 4 | 6;
}
export type AddressVerdict = { readonly allowed: true; readonly addresses: readonly CheckedAddress[] } | { readonly allowed: false; readonly reason: string };
export type Resolve = (host: string) => Promise<readonly { readonly address: string }[]>;

const resolveByDns: Resolve = (host) => lookup(host, { all: true });
/** Azure's metadata and wire server has a public address; every other cloud's is link-local, private or shared. */
const metadata = new Set(['168.63.129.16']);
const globalUnicast = ipaddr.parseCIDR('2000::/3');
const localNames = /(^|\.)(localhost|local|internal|intranet|lan|home|corp|home\.arpa)$/;

/** Is this literal IP address on the public Internet? IPv4 inside IPv6 counts as what it stands for. */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.process(text);
  if (address.range() !== 'unicast' || metadata.has(address.toString())) return false;
  return address.kind() === 'ipv4' || address.match(globalUnicast);
}

const bare = (hostname: string): string => hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '').toLowerCase();
const checked = (address: string): CheckedAddress => ({ address, family: ipaddr.parse(address).kind() === 'ipv6' ? 6 : 4 });
const refused = (reason: string): AddressVerdict => ({ allowed: false, reason });

/**
 * May webhooks go to this URL by what it says, without asking DNS? `allowedHosts` are named by whoever runs the
 * platform and may be anything. The URL parser has already turned decimal, octal and hex addresses into dotted ones.
 */
export function refusalOfUrl(url: URL, allowedHosts: readonly string[]): string | undefined {
  const host = bare(url.hostname);
  if (url.username !== '' || url.password !== '') return 'no user name and password in the address';
  if (allowedHosts.includes(host)) return undefined;
  if (url.protocol !== 'https:') return 'only https';
  if (ipaddr.isValid(host)) return isPublicAddress(host) ? undefined : 'not a public address';
  return host.includes('.') && !localNames.test(host) ? undefined : 'not a public name';
}

/**
 * The addresses behind a URL, every one of them checked; the caller connects to one of these and asks DNS no more.
 * Throws when the name cannot be resolved.
 */
export async function checkAddress(url: URL, allowedHosts: readonly string[], resolve: Resolve = resolveByDns): Promise<AddressVerdict> {
  const refusal = refusalOfUrl(url, allowedHosts);
  if (refusal !== undefined) return refused(refusal);
  const host = bare(url.hostname);
  const found = ipaddr.isValid(host) ? [{ address: host }] : await resolve(host);
  const inside = allowedHosts.includes(host) ? undefined : found.find(({ address }) => !isPublicAddress(address));
  if (inside) return refused('the name leads to an address that is not public');
  return { allowed: true, addresses: found.map(({ address }) => checked(address)) };
}
