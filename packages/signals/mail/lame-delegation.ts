/** Detects a lame delegation: a server that answers for a zone it does not hold (RFC 1912 section 2.8). */
import type { Evidence } from '#signals/evidence'
import { SIGNAL_NAMES, type Signals } from '#signals/signals'

/** Every zone has at least NS records at its apex (RFC 1034 section 4.2.1). */
const APEX_SIGNALS = ['mx', 'spf', 'ns', 'a', 'aaaa', 'tokens'] as const

/**
 * A domain that exists but has no records at all, not even NS, was answered by a server that does not hold it, so its
 * empty answers prove no absence. Signals that an answer shows stay.
 */
export function detectLameDelegation(signals: Signals): Signals {
  if (!APEX_SIGNALS.every((name) => isEmpty(signals[name]))) return signals
  const distrusted = SIGNAL_NAMES.filter((name) => restsOnEmptiness(signals[name])).map((name) => {
    const { resolver, at } = signals[name]
    return [name, { state: 'unknown', rcode: 'LAME', records: [], resolver, at }]
  })
  return { ...signals, ...Object.fromEntries(distrusted) } as Signals
}

function isEmpty({ state, rcode }: Evidence<unknown>): boolean {
  return state === 'absent' && rcode === 'NODATA'
}

/** Unproven DKIM rests on the same empty answers. */
function restsOnEmptiness(evidence: Evidence<unknown>): boolean {
  return isEmpty(evidence) || evidence.rcode === 'UNPROVEN'
}
