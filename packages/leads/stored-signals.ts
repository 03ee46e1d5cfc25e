/** Reads stored evidence as today's: what an older version did not look for was not collected. */
import { notCollected } from '#signals/evidence'
import type { ProviderVerdict } from '#signals/provider'
import { type Dmarc, SIGNAL_NAMES, type Signals } from '#signals/signals'

/** `stored` is what some version of `saveLead` wrote; nobody else writes the column. */
export function readSignals(stored: unknown): Signals {
  const signals = stored as Partial<Signals> & Pick<Signals, 'domain' | 'at'>
  const missing = SIGNAL_NAMES.filter((name) => !signals[name]).map((name) => [name, notCollected(signals.at)])
  const complete = { queries: 0, ...signals, ...Object.fromEntries(missing) } as Signals
  const { dmarc } = complete
  if (dmarc.state !== 'present') return complete
  return { ...complete, dmarc: { ...dmarc, value: { ...DMARC_DEFAULTS, ...dmarc.value } } }
}

/** Of records that were only looked for at the domain's own name. */
const DMARC_DEFAULTS = { source: 'own', psd: 'u' } as const satisfies Partial<Dmarc>

export function readProvider(stored: unknown): ProviderVerdict {
  const provider = stored as ProviderVerdict & { tenants?: ProviderVerdict['tenants'] }
  return { ...provider, tenants: provider.tenants ?? { microsoft365: [], google: [], unanswered: [] } }
}
