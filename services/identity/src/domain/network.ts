/** Where an address belongs, for counting guesses: one household or line, and the neighbourhood it can easily move about in. */
export interface Place {
  readonly line: string;
  readonly neighbourhood: string;
}

/** IPv4: the address and its /24. IPv6: a line has a /64, a provider hands out /48 (RFC 6177). */
export function placeOf(address: string): Place {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
  if (!mapped.includes(':')) return { line: mapped, neighbourhood: mapped.split('.').slice(0, 3).join('.') };
  const groups = expanded(mapped);
  return { line: groups.slice(0, 4).join(':'), neighbourhood: groups.slice(0, 3).join(':') };
}

/** The eight groups of an IPv6 address. */
function expanded(address: string): readonly string[] {
  const [head = '', tail] = address.toLowerCase().split('::');
  const groupsOf = (part: string): string[] => (part === '' ? [] : part.split(':').map((group) => group.replace(/^0+(?=.)/, '')));
  if (tail === undefined) return groupsOf(head);
  const [before, after] = [groupsOf(head), groupsOf(tail)];
  return [...before, ...Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0'), ...after];
}
