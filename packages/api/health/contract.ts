import * as z from 'zod/mini'
import { count, describeField } from '#api/contract/fields'
import type { Contract } from '#api/contract/operation'
import type { healthTable, liveTable } from '#api/health/table'

const health = z.object({ status: describeField(z.enum(['alive', 'started']), 'The process answers, or has started') })
const readiness = z.object({
  status: describeField(z.enum(['ready', 'degraded']), 'degraded: an optional dependency is down'),
  parts: describeField(
    z.array(
      z.object({
        name: describeField(z.string(), 'Name of the dependency', 'database'),
        state: describeField(z.enum(['up', 'down']), 'Whether it answered'),
        ms: describeField(count, 'Milliseconds that the answer took', 3),
      }),
    ),
    'The dependencies',
  ),
})

const answers = { health, readiness }

export const liveContract = {
  answers,
  operations: {
    checkLive: {
      summary: 'Check that the process answers',
      description: 'Answers without asking any dependency.',
      answer: 'health',
    },
  },
} satisfies Contract<typeof liveTable, typeof answers>

export const healthContract = {
  answers,
  operations: {
    checkReady: {
      summary: 'Check each dependency',
      description:
        'Asks each dependency. The status is `degraded` while an optional one is down; an essential one makes the answer a 503.',
      answer: 'readiness',
      errors: ['NOT_READY'],
    },
    checkStartup: {
      summary: 'Check that the database has every migration',
      description: 'Answers 503 until the database has every migration of this version.',
      answer: 'health',
      errors: ['NOT_READY', 'DATABASE_UNAVAILABLE'],
    },
    readMetrics: {
      summary: "Read the metrics in Prometheus's text format",
      description:
        "Returns the metrics in Prometheus's text format. A service with HUNTER_METRICS=open asks for no key here.",
      example: { text: 'hunter_requests_total{class="2xx"} 1027\n' },
      answer: 'text',
    },
  },
} satisfies Contract<typeof healthTable, typeof answers>
