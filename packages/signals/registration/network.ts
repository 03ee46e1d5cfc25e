/**
 * Limits where registry look-ups may connect. Hosts come from strangers' answers (bootstrap, redirects, referrals), so
 * Hunter resolves each host first, keeps only public addresses, and connects to exactly those.
 */
import type { LookupAddress } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import type { Dns } from '#signals/dns/dns'
import { isPublicAddress } from '#signals/public-address'
import { RegistryProblem } from '#signals/registration/problem'

export interface Endpoint {
  /** A name, or an address without brackets. */
  host: string
  port: number
}

export interface Network {
  /** Returns the IPv4 and IPv6 addresses of a host; none when it has none or no server answers. Never throws. */
  resolve(host: string, until: AbortSignal): Promise<string[]>
  /** True for endpoints that the operator configured: they may use plain HTTP and any address. */
  isTrusted(place: Endpoint): boolean
}

/** Returns a `lookup` for `net`, `http` and `https` that resolves nothing itself. */
export function pinAddresses(addresses: LookupAddress[]): LookupFunction {
  return (_host, options, done) => {
    const [first] = addresses
    if (options.all) done(null, addresses)
    else done(null, first?.address ?? '', first?.family)
  }
}

/** @throws RegistryProblem UNREACHABLE without an address, REFUSED when every address is forbidden */
export async function resolveReachable(
  network: Network,
  place: Endpoint,
  until: AbortSignal,
): Promise<LookupAddress[]> {
  const found = isIP(place.host) > 0 ? [place.host] : await network.resolve(place.host, until)
  if (until.aborted) throw new RegistryProblem('TIMEOUT', `no time left to find ${place.host}`)
  if (found.length === 0) throw new RegistryProblem('UNREACHABLE', `no address for ${place.host}`)
  const allowed = network.isTrusted(place) ? found : found.filter(isPublicAddress)
  if (allowed.length === 0) throw new RegistryProblem('REFUSED', `${place.host} is not on the public internet`)
  return allowed.map((address) => ({ address, family: isIP(address) }))
}

/** Resolves names over the DNS, because the system's `getaddrinfo` has no deadline and blocks one of four threads. */
export function createNetwork(dns: Pick<Dns, 'a' | 'aaaa'>, trusted: readonly Endpoint[]): Network {
  return {
    async resolve(host, until) {
      const answers = await Promise.all([dns.a(host, until), dns.aaaa(host, until)])
      return answers.flatMap(({ records }) => records)
    },
    isTrusted: ({ host, port }) => trusted.some((place) => place.host === host && place.port === port),
  }
}
