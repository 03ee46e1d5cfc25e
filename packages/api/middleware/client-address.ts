/** Who is at the other end, as the gateway saw it: a header can say anything. */
import type { Context } from 'hono'
import ipaddr from 'ipaddr.js'
import type { ApiEnv } from '#api/http/context'

/** Whoever has an IPv6 address has the whole /64 around it. */
const IPV6_PARTS_OF_ONE = 4

/** What requests of one origin are counted by: an IPv4 address or an IPv6 network. */
export function getClientAddress(c: Context<ApiEnv>): string {
  // undefined where nothing handed an event in
  const env = c.env as ApiEnv['Bindings'] | undefined
  return maskAddress(env?.sourceIp ?? '')
}

export function maskAddress(address: string): string {
  if (!ipaddr.isValid(address)) return 'unknown'
  const parsed = ipaddr.process(address)
  if (!(parsed instanceof ipaddr.IPv6)) return parsed.toString()
  return `${parsed.parts
    .slice(0, IPV6_PARTS_OF_ONE)
    .map((part) => part.toString(16))
    .join(':')}::/64`
}
