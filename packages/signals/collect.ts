/** Collects a domain's signals within one budget of time. A failure becomes evidence, never an exception. */
import type { Clock } from '#platform/clock'
import { readDmarc } from '#signals/dmarc'
import type { Dns } from '#signals/dns'
import { type Evidence, notCollected } from '#signals/evidence'
import { readMx } from '#signals/mx'
import type { Domain } from '#signals/normalise'
import type { Registration, Signals } from '#signals/signals'
import { readSpf } from '#signals/spf'

export interface CollectDeps {
  dns: Dns
  clock: Clock
  /** Registration data; where it is absent nobody asks. Never throws; `until` is the scan's budget. */
  registration?: (domain: Domain, until: AbortSignal) => Promise<Evidence<Registration>>
}

export interface CollectOptions {
  /** For the whole scan: what has not answered by then is `unknown` with TIMEOUT. */
  budgetMs: number
}

export async function collectSignals(
  { dns, clock, registration }: CollectDeps,
  domain: Domain,
  { budgetMs }: CollectOptions,
): Promise<Signals> {
  const at = clock.now().toISOString()
  const until = AbortSignal.timeout(budgetMs)
  // A registrable domain is its own organisational domain, so its DMARC record is at one name only.
  const dmarcName = `_dmarc.${domain}`
  const [mx, spf, dmarc, registered] = await Promise.all([
    dns.mx(domain, until).then(readMx),
    dns.txt(domain, until).then((answer) => readSpf(dns, { domain, answer, until })),
    dns.txt(dmarcName, until).then((answer) => readDmarc(dmarcName, answer)),
    registration?.(domain, until) ?? notCollected(at),
  ])
  return { domain, at, mx, spf, dmarc, dkim: notCollected(at), registration: registered }
}
