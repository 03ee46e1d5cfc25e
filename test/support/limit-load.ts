/** Many worker processes that press one limit on one embedded Redis. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { startRedisServer } from '#emulators/redis/server'
import { systemClock } from '#platform/clock'
import type { LimitRule } from '#redis/limiter'
import type { LimitResult, LimitWork } from './limit-process.ts'

interface LoadReport {
  granted: number
  refused: number
  degraded: number
  /** Share of what the rule allows in the time. */
  share: number
  /** The most in one of the rule's own windows, and in any interval as long as one. */
  fullestWindow: number
  fullestInterval: number
  latencyMs: { p50: number; p99: number }
  /** What the luckiest and the unluckiest worker got. */
  workers: { most: number; least: number }
}

const PROGRAM = join(import.meta.dirname, 'limit-process.ts')

export async function pressLimit(
  rule: LimitRule,
  { workers, windows }: { workers: number; windows: number },
): Promise<LoadReport> {
  const server = await startRedisServer({ token: 't', clock: systemClock })
  try {
    const children = Array.from({ length: workers }, () => fork(PROGRAM))
    await Promise.all(children.map((child) => once(child, 'message')))
    // starts with a whole window: every window is counted whole
    const startMs = (Math.floor((Date.now() + 200) / rule.windowMs) + 1) * rule.windowMs
    const work: LimitWork = { url: server.url, token: 't', rule, startMs, endMs: startMs + windows * rule.windowMs }
    const results = await Promise.all(
      children.map(async (child) => {
        const answered = once(child, 'message')
        const ended = once(child, 'exit')
        child.send(work)
        const [result] = (await answered) as [LimitResult]
        await ended
        return result
      }),
    )
    return report(rule, work, results)
  } finally {
    await server.close()
  }
}

function report({ tokens, windowMs }: LimitRule, { startMs, endMs }: LimitWork, results: LimitResult[]): LoadReport {
  const at = results.flatMap(({ grantedAtMs }) => grantedAtMs).sort((a, b) => a - b)
  const latencies = results.flatMap(({ latenciesMs }) => latenciesMs).sort((a, b) => a - b)
  const quantile = (share: number) => latencies[Math.floor(share * (latencies.length - 1))] ?? 0
  const sum = (pick: (result: LimitResult) => number) => results.reduce((total, result) => total + pick(result), 0)
  const perWorker = results.map(({ grantedAtMs }) => grantedAtMs.length)
  const windows = (endMs - startMs) / windowMs
  return {
    granted: at.length,
    refused: sum(({ refused }) => refused),
    degraded: sum(({ degraded }) => degraded),
    share: at.length / (tokens * windows),
    fullestWindow: Math.max(
      ...Map.groupBy(at, (time) => Math.floor(time / windowMs))
        .values()
        .map(({ length }) => length),
    ),
    fullestInterval: Math.max(
      ...at.map((start, first) => at.filter((time, i) => i >= first && time < start + windowMs).length),
    ),
    latencyMs: { p50: quantile(0.5), p99: quantile(0.99) },
    workers: { most: Math.max(...perWorker), least: Math.min(...perWorker) },
  }
}
