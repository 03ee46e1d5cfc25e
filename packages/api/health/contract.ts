import * as z from 'zod/mini'
import { count } from '#api/contract/fields'
import type { Contract } from '#api/contract/operation'
import type { healthTable, liveTable } from '#api/health/table'

const health = z.object({ status: z.enum(['alive', 'started']) })
const readiness = z.object({
  status: z.enum(['ready', 'degraded']),
  parts: z.array(z.object({ name: z.string(), state: z.enum(['up', 'down']), ms: count })),
})

const answers = { health, readiness }

export const liveContract: Contract<typeof liveTable, typeof answers> = {
  answers,
  operations: {
    checkLive: { summary: 'Whether the process answers', answer: 'health' },
  },
}

export const healthContract: Contract<typeof healthTable, typeof answers> = {
  answers,
  operations: {
    checkReady: {
      summary: 'Whether the parts it needs answer; degraded is said',
      answer: 'readiness',
      errors: ['NOT_READY'],
    },
    checkStartup: {
      summary: 'Whether the database is migrated',
      answer: 'health',
      errors: ['NOT_READY', 'DATABASE_UNAVAILABLE'],
    },
    readMetrics: {
      summary: "What was counted, in Prometheus's text format; a key is asked for unless HUNTER_METRICS is open",
      answer: 'text',
    },
  },
}
