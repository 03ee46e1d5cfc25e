/** Serializes a lead for the API and the command; the list uses the same names. */
import type { ListedCompany } from '#leads/listed/listed-company'
import type { Lead } from '#leads/store'
import { listUnansweredSignals } from '#signals/signals'

/** `listed`: what imported lists say about the company. */
export function serializeLead({ domain, segment, score, provider, signals, extras }: Lead, listed: ListedCompany) {
  const { domain: _domain, at, queries, ...evidence } = signals
  return {
    domain,
    ...listed,
    segment: segment.segment,
    segmentReason: segment.reason,
    priority: segment.priority,
    provisional: segment.provisional,
    ...extras,
    score: score.value,
    scoreMin: score.min,
    scoreMax: score.max,
    rulesVersion: score.rulesVersion,
    breakdown: score.breakdown,
    provider,
    signals: evidence,
    unanswered: listUnansweredSignals(signals),
    queries,
    scannedAt: at,
  }
}

/** Serializes a score: every line with its evidence and what would change it. */
export function serializeScore({ domain, score, segment, signals }: Lead) {
  const { value, min, max, rulesVersion, breakdown } = score
  return {
    domain,
    score: value,
    scoreMin: min,
    scoreMax: max,
    /** Sum before it is limited to 0..100. */
    sum: breakdown.reduce((sum, { points }) => sum + points, 0),
    rulesVersion,
    breakdown,
    segment: segment.segment,
    segmentReason: segment.reason,
    priority: segment.priority,
    provisional: segment.provisional,
    scannedAt: signals.at,
  }
}
