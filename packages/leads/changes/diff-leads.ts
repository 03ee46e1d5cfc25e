/** Compares two verdicts on a company. A signal that is unknown on either side never counts as a change. Pure. */
import { assessLead } from '#leads/assess'
import { type Change, type ChangeCause, type Difference, compareValues } from '#leads/changes/change-types'
import { diffSignals } from '#leads/changes/diff-signals'
import type { Lead } from '#leads/store'
import { type Evidence, createNotCollected } from '#signals/evidence'
import { NO_OVERRIDES, type ProviderOverride } from '#signals/provider/fingerprints'
import { SIGNAL_NAMES, type SignalName, type Signals, type Spf } from '#signals/signals'

/** The cause of a difference, and its ISO time in UTC. */
interface Circumstances {
  overrides?: readonly ProviderOverride[]
  cause: ChangeCause
  at: string
}

/**
 * `before` and `after` belong to the same company, and `after` already contains the signals of `before` (see
 * `mergeSignals`).
 */
export function diffLeads(before: Lead, after: Lead, { overrides = NO_OVERRIDES, cause, at }: Circumstances): Change[] {
  if (before === after) return []
  const found = [...diffSignals(before.signals, after.signals), ...diffVerdicts(before, after, overrides)]
  return found.map((difference) => ({ ...difference, cause, at }))
}

/**
 * A signal that only one of the two scans knows can move the verdict although nothing changed in the world. Therefore a
 * change of the verdict counts only if it remains when such signals are left out; its values are still those of the
 * full verdicts.
 */
function diffVerdicts(before: Lead, after: Lead, overrides: readonly ProviderOverride[]): Difference[] {
  const changes = compareVerdicts(before, after)
  if (changes.length === 0) return changes
  const [old, now] = assessCommonSignals(before, after, overrides)
  const real = new Set(compareVerdicts(old, now).map(({ type }) => type))
  return changes.filter(({ type }) => real.has(type))
}

/** Judges both leads without the signals that only one of the two scans knows. */
export function assessCommonSignals(
  before: Lead,
  after: Lead,
  overrides: readonly ProviderOverride[] = NO_OVERRIDES,
): [before: Lead, after: Lead] {
  const oneSided = SIGNAL_NAMES.filter(
    (name) => isConclusive(before.signals[name]) !== isConclusive(after.signals[name]),
  )
  if (oneSided.length === 0) return [before, after]
  const assess = ({ signals, extras }: Lead) => assessLead(dropSignals(signals, oneSided), overrides, extras)
  return [assess(before), assess(after)]
}

function compareVerdicts(before: Lead, after: Lead): Difference[] {
  const [old, now] = [before.provider, after.provider]
  const hasMailbox = old.mailbox.kind !== 'unknown' && now.mailbox.kind !== 'unknown'
  return [
    ...(hasMailbox ? compareValues('provider_changed', old.mailbox.id, now.mailbox.id) : []),
    ...compareValues('gateway_changed', old.gateway?.id ?? null, now.gateway?.id ?? null),
    ...compareValues('segment_changed', before.segment.segment, after.segment.segment),
    ...compareValues('score_changed', before.score.value, after.score.value),
  ]
}

function isConclusive(evidence: Evidence<unknown>): boolean {
  if (evidence.state !== 'present') return evidence.state === 'absent'
  return (evidence.value as Partial<Spf>).verdict !== 'undetermined'
}

function dropSignals(signals: Signals, names: SignalName[]): Signals {
  return { ...signals, ...Object.fromEntries(names.map((name) => [name, createNotCollected(signals.at)])) }
}
