/** Why a lead has its score: every line with its evidence and what would change it. */
import type { Lead } from '#leads/store'

export function presentScore({ domain, score, segment, signals }: Lead) {
  const { value, min, max, rulesVersion, breakdown } = score
  return {
    domain,
    score: value,
    scoreMin: min,
    scoreMax: max,
    /** Before it is held to 0..100. */
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
