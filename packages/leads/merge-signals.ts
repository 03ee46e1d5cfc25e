/** What two scans of one domain know together. */
import type { Evidence } from '#signals/evidence'
import { SIGNAL_NAMES, type Signals, type Spf } from '#signals/signals'

/**
 * Signal by signal, the later answer wins, and no answer never replaces an answer. The order of the two does not
 * matter, so that a slow scan that ends late cannot undo a newer one.
 */
export function mergeSignals(one: Signals, other: Signals): Signals {
  const [older, newer] = one.at <= other.at ? [one, other] : [other, one]
  const merged = SIGNAL_NAMES.map((name) => [name, betterEvidence(older[name], newer[name])])
  return { ...newer, ...Object.fromEntries(merged) } as Signals
}

function betterEvidence(older: Evidence<unknown>, newer: Evidence<unknown>): Evidence<unknown> {
  // It does not show the record, but it does show that the earlier proof of its absence is gone.
  if (newer.rcode === 'UNPROVEN' && older.state === 'absent') return newer
  if (newer.state === 'unknown' && older.state !== 'unknown') return older
  if (older.state === 'unknown') return newer
  const [first, second] = older.at <= newer.at ? [older, newer] : [newer, older]
  if (isUndetermined(second) && !isUndetermined(first) && sameRecord(first, second)) return first
  if (isUndetermined(first) && !isUndetermined(second) && sameRecord(first, second)) return second
  return second
}

/** An SPF record whose includes did not all answer is half unknown. */
function isUndetermined(evidence: Evidence<unknown>): boolean {
  return spfOf(evidence)?.verdict === 'undetermined'
}

function sameRecord(one: Evidence<unknown>, other: Evidence<unknown>): boolean {
  const record = spfOf(one)?.record
  return record !== undefined && record === spfOf(other)?.record
}

function spfOf(evidence: Evidence<unknown>): Spf | undefined {
  if (evidence.state !== 'present') return undefined
  const value = evidence.value as Partial<Spf> | null
  return value && 'verdict' in value && 'lookups' in value ? (value as Spf) : undefined
}
