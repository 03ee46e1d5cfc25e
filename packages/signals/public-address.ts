import ipaddr from 'ipaddr.js'

/**
 * Whether an address is one of the public internet: not private, loopback, link-local, multicast, reserved, or an
 * IPv6 address that carries an IPv4 one which is not. `false` for anything that is no address.
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.IPv4.isValidFourPartDecimal(address) && !ipaddr.IPv6.isValid(address)) return false
  const parsed = ipaddr.process(address)
  return parsed.range() === 'unicast'
}
