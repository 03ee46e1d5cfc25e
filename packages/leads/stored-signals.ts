/** Reads stored evidence in today's shape: signals that an older version did not collect become `NOT_COLLECTED`. */
import { type Evidence, createNotCollected } from '#signals/evidence'
import type { ProviderVerdict } from '#signals/provider/identify-provider'
import { CHAINED_SIGNALS, type Dmarc, SIGNAL_NAMES, type SignalName, type Signals, type Spf } from '#signals/signals'
import { parseSpf } from '#signals/mail/spf-record'

/** `stored` is what some version of `saveLeads` wrote; nothing else writes the column. */
export function readSignals(stored: unknown): Signals {
  const signals = stored as Partial<Signals> & Pick<Signals, 'domain' | 'at'>
  const missing = SIGNAL_NAMES.filter((name) => !signals[name]).map((name) => [name, createNotCollected(signals.at)])
  const complete = { queries: 0, ...signals, ...Object.fromEntries(missing) } as Signals
  const defaults = Object.entries(DEFAULTS).map((each) => addDefaults(complete, each))
  return addSenders({ ...complete, ...Object.fromEntries(defaults) })
}

/** Older versions looked for DMARC only at the domain's own name, and did not record where a chain broke off. */
const DEFAULTS: Partial<Record<SignalName, object>> = {
  dmarc: { source: 'own', psd: 'u' } satisfies Partial<Dmarc>,
  ...Object.fromEntries(CHAINED_SIGNALS.map((name) => [name, { unanswered: [] }])),
}

/** Older versions did not tell the senders that the company named from those that its hosts include. */
function addSenders({ spf, ...signals }: Signals): Signals {
  if (spf.state !== 'present' || (spf.value as Partial<Spf>).senders) return { spf, ...signals }
  const senders = spf.value.record === null ? [] : parseSpf(spf.value.record).follow
  return { ...signals, spf: { ...spf, value: { ...spf.value, senders } } }
}

function addDefaults(signals: Signals, [name, defaults]: [string, object]) {
  const evidence: Evidence<unknown> = signals[name as SignalName]
  if (evidence.state !== 'present') return [name, evidence]
  return [name, { ...evidence, value: { ...defaults, ...(evidence.value as object) } }]
}

export function readProvider(stored: unknown): ProviderVerdict {
  const provider = stored as ProviderVerdict & { tenants?: ProviderVerdict['tenants'] }
  return { ...provider, tenants: provider.tenants ?? { microsoft365: [], google: [], unanswered: [] } }
}
