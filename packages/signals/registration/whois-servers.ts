/** Which WHOIS server knows a TLD: the few known here, else the one that IANA refers to. */
import * as z from 'zod/mini'
import type { Clock } from '#platform/clock'
import type { Keep } from '#signals/registration/keep'
import type { Place } from '#signals/registration/network'
import type { Quarantine } from '#signals/registration/quarantine'
import type { AskWhois } from '#signals/registration/whois-query'

interface WhoisServer extends Place {
  /** What to ask for a domain. */
  query: (domain: string) => string
}

export interface WhoisServers {
  /** Null: the registry has none. @throws RegistryProblem when IANA cannot be asked */
  serverOf(tld: string, until: AbortSignal): Promise<WhoisServer | null>
}

interface WhoisServersDeps {
  askWhois: AskWhois
  iana: Place
  quarantine: Quarantine
  keep: Keep
  clock: Clock
}

export const WHOIS_PORT = 43

const plain = (domain: string) => domain

/** Servers that want their own form of question, and those asked most. */
const KNOWN: Record<string, { host: string; query?: (domain: string) => string }> = {
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
const KEEP_MS = 7 * 24 * 3_600_000
const HOST = /^(?:refer|whois):\s{0,40}([a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,5})\s*$/im

const keptSchema = z.object({ host: z.nullable(z.string()), untilMs: z.number() })

export function createWhoisServers({ askWhois, iana, quarantine, keep, clock }: WhoisServersDeps): WhoisServers {
  const referrals = new Map<string, z.infer<typeof keptSchema>>()

  async function referralOf(tld: string, until: AbortSignal): Promise<string | null> {
    const name = `whois-referral:${tld}`
    const kept = referrals.get(tld) ?? z.safeParse(keptSchema, await keep.read(name)).data
    if (kept && clock.now().getTime() < kept.untilMs) {
      referrals.set(tld, kept)
      return kept.host
    }
    const question = { server: iana, query: tld, timeoutMs: TIMEOUT_MS, until }
    const answer = await quarantine.guard(iana.host, until, () => askWhois(question))
    const referral = {
      host: HOST.exec(answer.toString('latin1'))?.[1] ?? null,
      untilMs: clock.now().getTime() + KEEP_MS,
    }
    referrals.set(tld, referral)
    await keep.write(name, referral, KEEP_MS)
    return referral.host
  }

  return {
    async serverOf(tld, until) {
      const known = Object.hasOwn(KNOWN, tld) ? KNOWN[tld] : undefined
      const host = known?.host ?? (await referralOf(tld, until))
      return host === null ? null : { host, port: WHOIS_PORT, query: known?.query ?? plain }
    },
  }
}
