/** The way to Redis: each command is tried once and given up on after a time; what failed is the caller's to decide. */
import { Redis } from '@upstash/redis'
import { getErrorMessage } from '#platform/errors'

interface RedisOptions {
  /** REST endpoint, as Upstash gives it. */
  url: string
  token: string
  /** Time limit of a command's request and answer together. */
  timeoutMs: number
  /** Sends what is asked for at the same moment in one request. */
  batching?: boolean
}

export function createRedis({ url, token, timeoutMs, batching = false }: RedisOptions): Redis {
  return new Redis({
    url,
    token,
    // A command whose connection broke may have run, and repeating an INCR counts twice. `retry: false` tries twice.
    retry: { retries: 0 },
    // A function gives each command its own timeout. Given a plain signal, the client returns the reason as the value.
    signal: () => AbortSignal.timeout(timeoutMs),
    // Unless it is set, commands run one by one in the order in which they are awaited.
    enableAutoPipelining: batching,
    enableTelemetry: false,
    latencyLogging: false,
  })
}

/** What went wrong, for a log: without the command that the client appends, since its arguments are data. */
export function describeRedisError(error: unknown): string {
  const [problem = ''] = getErrorMessage(error).split(', command was: ')
  const { cause } = error instanceof Error ? error : {}
  return cause instanceof Error ? `${problem}: ${getErrorMessage(cause)}` : problem
}
