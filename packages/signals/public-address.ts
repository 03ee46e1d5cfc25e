import ipaddr from 'ipaddr.js'

/**
 * True for an address of the public internet: not private, loopback, link-local, multicast or reserved, and no IPv6
 * address that carries a non-public IPv4 one. False for any text that is no address.
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.IPv4.isValidFourPartDecimal(address) && !ipaddr.IPv6.isValid(address)) return false
  const parsed = ipaddr.process(address)
  if (parsed.range() !== 'unicast') return false
  // the internet uses 2000::/3 alone; ::7f00:1 is 127.0.0.1 in an old notation
  return !(parsed instanceof ipaddr.IPv6) || ((parsed.parts[0] ?? 0) & 0xe000) === 0x2000
}
