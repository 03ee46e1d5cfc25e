/** Finds the WHOIS server of a TLD: a well-known one, or else the one that IANA refers to. */
import * as z from 'zod/mini'
import type { Clock } from '#platform/clock'
import type { RegistryCache } from '#signals/registration/registry-cache'
import type { Endpoint } from '#signals/registration/network'
import type { Quarantine } from '#signals/registration/quarantine'
import type { AskWhois } from '#signals/registration/whois-query'

interface WhoisServer extends Endpoint {
  /** Builds the query for a domain. */
  query: (domain: string) => string
}

export interface WhoisServers {
  /** Null: the registry has no server. @throws RegistryProblem when IANA does not answer */
  findServer(tld: string, until: AbortSignal): Promise<WhoisServer | null>
}

interface WhoisServersDeps {
  askWhois: AskWhois
  iana: Endpoint
  quarantine: Quarantine
  cache: RegistryCache
  clock: Clock
}

export const WHOIS_PORT = 43

/** Servers that need a special query, and those that Hunter asks most. */
const WELL_KNOWN: Record<string, { host: string; query?: (domain: string) => string }> = {
  com: { host: 'whois.verisign-grs.com', query: (domain) => `domain ${domain}` },
  net: { host: 'whois.verisign-grs.com', query: (domain) => `domain ${domain}` },
  de: { host: 'whois.denic.de', query: (domain) => `-T dn,ace ${domain}` },
  dk: { host: 'whois.punktum.dk', query: (domain) => `--show-handles ${domain}` },
  jp: { host: 'whois.jprs.jp', query: (domain) => `${domain}/e` },
  eu: { host: 'whois.eu' },
  az: { host: 'whois.az' },
  ru: { host: 'whois.tcinet.ru' },
}

const TIMEOUT_MS = 2_000
const REFERRAL_TTL_MS = 7 * 24 * 3_600_000
const HOST = /^(?:refer|whois):\s{0,40}([a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,5})\s*$/im

const storedReferralSchema = z.object({ host: z.nullable(z.string()), untilMs: z.number() })

export function createWhoisServers({ askWhois, iana, quarantine, cache, clock }: WhoisServersDeps): WhoisServers {
  const referrals = new Map<string, z.infer<typeof storedReferralSchema>>()

  async function findReferral(tld: string, until: AbortSignal): Promise<string | null> {
    const name = `whois-referral:${tld}`
    const stored = referrals.get(tld) ?? z.safeParse(storedReferralSchema, await cache.read(name)).data
    if (stored && clock.now().getTime() < stored.untilMs) {
      referrals.set(tld, stored)
      return stored.host
    }
    const question = { server: iana, query: tld, timeoutMs: TIMEOUT_MS, until }
    const answer = await quarantine.guard(iana.host, until, () => askWhois(question))
    const referral = {
      host: HOST.exec(answer.toString('latin1'))?.[1] ?? null,
      untilMs: clock.now().getTime() + REFERRAL_TTL_MS,
    }
    referrals.set(tld, referral)
    await cache.write(name, referral, REFERRAL_TTL_MS)
    return referral.host
  }

  return {
    async findServer(tld, until) {
      const known = Object.hasOwn(WELL_KNOWN, tld) ? WELL_KNOWN[tld] : undefined
      const host = known?.host ?? (await findReferral(tld, until))
      return host === null ? null : { host, port: WHOIS_PORT, query: known?.query ?? ((domain) => domain) }
    },
  }
}
