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

export const liveContract = {
  answers,
  operations: {
    checkLive: { summary: 'Check that the process answers', answer: 'health' },
  },
} satisfies Contract<typeof liveTable, typeof answers>

export const healthContract = {
  answers,
  operations: {
    checkReady: {
      summary: 'Check each dependency; the status is degraded while an optional one is down',
      answer: 'readiness',
      errors: ['NOT_READY'],
    },
    checkStartup: {
      summary: 'Check that the database has every migration',
      answer: 'health',
      errors: ['NOT_READY', 'DATABASE_UNAVAILABLE'],
    },
    readMetrics: {
      summary:
        "Read the metrics in Prometheus's text format; it needs a key unless the service sets HUNTER_METRICS=open",
      answer: 'text',
    },
  },
} satisfies Contract<typeof healthTable, typeof answers>
