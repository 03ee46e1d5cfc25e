/** Stops a proof at its deadline and reports what it was doing. */
import type { Clock } from '#platform/clock'
import { AppError } from '#platform/errors'
import type { ObjectStore } from '#backups/store/object-store'
import type { RestoreTarget } from '#backups/restore/target'
import { quoteQualifiedName } from '#backups/postgres/quote'

export interface ProofWatch {
  /** Sets the current step of the proof. */
  doing: (what: string) => void
  /** Registers `stop`, which the deadline calls to end what the proof waits for. */
  onOverdue: (stop: () => Promise<unknown>) => void
  isOverdue: () => boolean
  /** Aborted at the deadline. */
  signal: AbortSignal
  /** Checks the time during work that blocks timers. @throws AppError PROOF_TIMED_OUT */
  requireTime: () => void
}

interface WatchInput {
  /** Subject of the proof, such as `backup 20261129T…`. */
  what: string
  deadline: Date
}

const HOUR_MS = 3_600_000
/** A quarter of what the embedded Postgres restored and compared on a busy machine with two cores. */
const BYTES_PER_HOUR = 10_000_000_000

/** Default time limit of a proof: an hour, and one more for each 10 GB before compression. */
export function computeProofLimitMs(rawBytes: number): number {
  return HOUR_MS * (1 + Math.floor(rawBytes / BYTES_PER_HOUR))
}

/** Longest timer: nearly 25 days. */
const TIMER_MS_MAX = 2 ** 31 - 1
/** Shorter than the time that a function reserves for its end. A stop that takes longer continues unattended. */
const STOP_MS = 20_000

/** @throws AppError PROOF_TIMED_OUT after every registered stop, otherwise the errors of `work` */
export async function proveInTime<T>(
  clock: Clock,
  { what, deadline }: WatchInput,
  work: (watch: ProofWatch) => Promise<T>,
): Promise<T> {
  const startedAt = clock.now().getTime()
  const stops: (() => Promise<unknown>)[] = []
  const over = Promise.withResolvers<never>()
  over.promise.catch(() => undefined) // It may come after the proof has already failed.
  let doing = 'beginning'
  let isOver = false
  const aborting = new AbortController()

  function timedOut(): AppError {
    const minutes = ((clock.now().getTime() - startedAt) / 60_000).toFixed(1)
    return new AppError('PROOF_TIMED_OUT', `the proof of ${what} was stopped after ${minutes} min while ${doing}`)
  }
  async function end(): Promise<void> {
    isOver = true
    aborting.abort()
    const error = timedOut()
    const stopped = Promise.allSettled([...stops.map((stop) => stop()), working])
    const enough = Promise.withResolvers<void>()
    const timer = setTimeout(enough.resolve, STOP_MS)
    await Promise.race([stopped, enough.promise])
    clearTimeout(timer)
    over.reject(error)
  }
  const limitMs = Math.max(0, Math.min(TIMER_MS_MAX, deadline.getTime() - startedAt))
  const timer = setTimeout(() => void end(), limitMs)
  const watch: ProofWatch = {
    doing: (now) => {
      if (!isOver) doing = now
    },
    onOverdue: (stop) => {
      stops.push(stop)
      if (isOver) stop().catch(() => undefined) // It was still opening at the deadline.
    },
    isOverdue: () => isOver,
    signal: aborting.signal,
    requireTime: () => {
      if (clock.now() >= deadline) throw timedOut()
    },
  }
  const working = work(watch)
  const worked = working.catch((error: unknown) => {
    if (isOver) return over.promise // The stop caused this failure.
    throw error
  })
  try {
    return await Promise.race([worked, over.promise])
  } finally {
    clearTimeout(timer)
  }
}

/** Wraps a store that refuses reads after the deadline. */
export function watchStore(store: ObjectStore, watch: ProofWatch): ObjectStore {
  async function* inTime(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      watch.requireTime()
      yield chunk
    }
  }
  return { ...store, read: async (object, range) => inTime(await store.read(object, range)) }
}

/** Wraps a target that reports each step. */
export function watchTarget(target: RestoreTarget, { doing, onOverdue }: ProofWatch): RestoreTarget {
  return {
    ...target,
    execute: (sql) => {
      doing(`running the statements after ${JSON.stringify(firstLine(sql))}`)
      return target.execute(sql)
    },
    query: (sql) => {
      doing('reading what was restored')
      return target.query(sql)
    },
    copyIn: (table, lines) => {
      doing(`restoring the rows of ${quoteQualifiedName(table.schema, table.table)}`)
      return target.copyIn(table, lines)
    },
    copyOut: (table, onChunk) => {
      doing(`comparing the rows of ${quoteQualifiedName(table.schema, table.table)}`)
      return target.copyOut(table, onChunk)
    },
    ddl: () => {
      doing('comparing the definitions')
      return target.ddl()
    },
    openScratch: async () => {
      doing('loading the definitions once more')
      const place = await target.openScratch()
      let closing: Promise<void> | undefined
      const close = () => (closing ??= place.close())
      onOverdue(close)
      return { ...place, close }
    },
  }
}

function firstLine(sql: string): string {
  const line = sql.split('\n').find((each) => each !== '' && !/^(?:--$|SET |SELECT pg_catalog\.set_config)/.test(each))
  return (line ?? sql).slice(0, 80)
}
