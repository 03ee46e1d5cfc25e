/** Counts what a limiter decided, once for each decision. */
import type { LabelsOf } from '#platform/metrics/metric-table'
import type { Metrics } from '#platform/metrics/metrics'
import type { DoorLimiter, LimitAnswer } from '#redis/limiter'

type Rule = LabelsOf<'hunter_limit_decisions_total'>['rule']

export function countDecisions(limiter: DoorLimiter, metrics: Metrics, rule: Rule): DoorLimiter {
  const counted = (answer: LimitAnswer): LimitAnswer => {
    const outcome = answer.allowed ? 'allowed' : 'limited'
    metrics.count('hunter_limit_decisions_total', { rule, outcome, by: answer.degraded ? 'memory' : 'redis' })
    return answer
  }
  return {
    limit: async (id, tokens) => counted(await limiter.limit(id, tokens)),
    async limitUnknown(id) {
      const settle = await limiter.limitUnknown(id)
      return (tokens) => counted(settle(tokens))
    },
    refusal(id, tokens) {
      const answer = limiter.refusal(id, tokens)
      return answer && counted(answer)
    },
  }
}
