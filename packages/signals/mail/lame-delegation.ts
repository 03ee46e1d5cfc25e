/** Sees through a server that answers for a zone which it does not hold (a lame delegation). */
import type { Evidence } from '#signals/evidence'
import { SIGNAL_NAMES, type Signals } from '#signals/signals'

/** Every zone has at least NS records at its head (RFC 1034 section 4.2.1). */
const APEX_SIGNALS = ['mx', 'spf', 'ns', 'a', 'aaaa', 'tokens'] as const

/**
 * A domain that exists and holds nothing at all, not even name servers, was not answered by one of them: its empty
 * answers prove no absence. What an answer can still show is kept.
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

/** DKIM that is unproven rests on the same empty answers. */
function restsOnEmptiness(evidence: Evidence<unknown>): boolean {
  return isEmpty(evidence) || evidence.rcode === 'UNPROVEN'
}
