/**
 * Where registry look-ups may connect. Their hosts come from strangers' answers (bootstrap, redirects, referrals), so
 * each is resolved first, only public addresses are kept, and the connection goes to those very addresses.
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
  /** IPv4 and IPv6 addresses of a host; none when it has none or nobody answers. Never throws. */
  resolve(host: string, until: AbortSignal): Promise<string[]>
  /** Places that the operator named: plain HTTP and any address are theirs to choose. */
  isTrusted(place: Endpoint): boolean
}

/** `lookup` for `net`, `http` and `https`, which then ask no resolver of their own. */
export function pinAddresses(addresses: LookupAddress[]): LookupFunction {
  return (_host, options, done) => {
    const [first] = addresses
    if (options.all) done(null, addresses)
    else done(null, first?.address ?? '', first?.family)
  }
}

/** @throws RegistryProblem UNREACHABLE without an address, REFUSED when none may be connected to. */
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

/** The system's own `getaddrinfo` has no deadline and holds one of four threads: names are asked of the DNS instead. */
export function createNetwork(dns: Pick<Dns, 'a' | 'aaaa'>, trusted: readonly Endpoint[]): Network {
  return {
    async resolve(host, until) {
      const answers = await Promise.all([dns.a(host, until), dns.aaaa(host, until)])
      return answers.flatMap(({ records }) => records)
    },
    isTrusted: ({ host, port }) => trusted.some((place) => place.host === host && place.port === port),
  }
}
