/** Identifies clients for rate limits by the address that the gateway saw; callers can forge headers. */
import type { Context } from 'hono'
import ipaddr from 'ipaddr.js'
import type { ApiEnv } from '#api/http/context'

/** A client owns a whole /64 of IPv6 addresses. */
const IPV6_PARTS_OF_ONE = 4

/** Returns the key under which requests are counted: an IPv4 address or an IPv6 /64. */
export function getClientAddress(c: Context<ApiEnv>): string {
  // undefined when a test calls the app without an event
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
