/** Counts what a limiter decided, once for each decision. */
import type { LabelsOf } from '#platform/metrics/metric-table'
import type { Metrics } from '#platform/metrics/metrics'
import type { RequestLimiter, LimitAnswer } from '#redis/limiter'

type Rule = LabelsOf<'hunter_limit_decisions_total'>['rule']

export function countDecisions(limiter: RequestLimiter, metrics: Metrics, rule: Rule): RequestLimiter {
  const counted = (answer: LimitAnswer): LimitAnswer => {
    const outcome = answer.allowed ? 'allowed' : 'limited'
    metrics.count('hunter_limit_decisions_total', { rule, outcome, by: answer.degraded ? 'memory' : 'redis' })
    return answer
  }
  return {
    limit: async (id, tokens) => counted(await limiter.limit(id, tokens)),
    async limitThenDecide(id) {
      const settle = await limiter.limitThenDecide(id)
      return (tokens) => counted(settle(tokens))
    },
    knownBlock(id, tokens) {
      const answer = limiter.knownBlock(id, tokens)
      return answer && counted(answer)
    },
  }
}
