/** Collects a domain's signals within one budget of time. A failure becomes evidence, never an exception. */
import type { Clock } from '#platform/clock'
import { readDmarc } from '#signals/dmarc'
import type { Dns } from '#signals/dns'
import { notCollected } from '#signals/evidence'
import { readMx } from '#signals/mx'
import type { Domain } from '#signals/normalise'
import type { Signals } from '#signals/signals'
import { readSpf } from '#signals/spf'

export interface CollectDeps {
  dns: Dns
  clock: Clock
}

export interface CollectOptions {
  /** For the whole scan: what has not answered by then is `unknown` with TIMEOUT. */
  budgetMs: number
}

export async function collectSignals(
  { dns, clock }: CollectDeps,
  domain: Domain,
  { budgetMs }: CollectOptions,
): Promise<Signals> {
  const at = clock.now().toISOString()
  const until = AbortSignal.timeout(budgetMs)
  // A registrable domain is its own organisational domain, so its DMARC record is at one name only.
  const dmarcName = `_dmarc.${domain}`
  const [mx, spf, dmarc] = await Promise.all([
    dns.mx(domain, until).then(readMx),
    dns.txt(domain, until).then((answer) => readSpf(dns, { domain, answer, until })),
    dns.txt(dmarcName, until).then((answer) => readDmarc(dmarcName, answer)),
  ])
  return { domain, at, mx, spf, dmarc, dkim: notCollected(at), registration: notCollected(at) }
}
