/** Ends a proof at its deadline, whatever it is doing then, and says what that was. */
import type { Clock } from '#platform/clock'
import { AppError } from '#platform/errors'
import type { ObjectStore } from '#backups/store/object-store'
import type { RestoreTarget } from '#backups/restore/target'
import { qualifiedName } from '#backups/postgres/quote'

export interface ProofWatch {
  /** Says what the proof does from now on. */
  doing: (what: string) => void
  /** `stop` is called when the time is over: it ends what the proof waits for. */
  onOverdue: (stop: () => Promise<unknown>) => void
  isOverdue: () => boolean
  /** Aborted when the time is over. */
  signal: AbortSignal
  /** For work that lets no timer run. @throws AppError PROOF_TIMED_OUT */
  requireTime: () => void
}

export interface WatchInput {
  /** What is proven, as in `backup 20261129T…`. */
  what: string
  deadline: Date
}

const HOUR_MS = 3_600_000
/** A quarter of what the embedded Postgres restored and compared on a busy machine of two cores. */
const BYTES_PER_HOUR = 10_000_000_000

/** How long a proof may take when nobody says: an hour, and one more for each 10 GB before compression. */
export function proofLimitMs(rawBytes: number): number {
  return HOUR_MS * (1 + Math.floor(rawBytes / BYTES_PER_HOUR))
}

/** Of a timer: nearly 25 days. */
const TIMER_MS_MAX = 2 ** 31 - 1
/** Less than a function keeps for its end. What takes longer to stop is left to itself. */
const STOP_MS = 20_000

/** @throws AppError PROOF_TIMED_OUT once everything that was to be stopped is, else as `work` does */
export async function proveInTime<T>(
  clock: Clock,
  { what, deadline }: WatchInput,
  work: (watch: ProofWatch) => Promise<T>,
): Promise<T> {
  const startedAt = clock.now().getTime()
  const stops: (() => Promise<unknown>)[] = []
  const over = Promise.withResolvers<never>()
  over.promise.catch(() => undefined) // it may come when the proof has failed already
  let doing = 'beginning'
  let isOver = false
  const aborting = new AbortController()

  function timedOut(): AppError {
    const minutes = ((clock.now().getTime() - startedAt) / 60_000).toFixed(1)
    return new AppError('PROOF_TIMED_OUT', `the proof of ${what} was ended after ${minutes} min while ${doing}`)
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
      if (isOver) stop().catch(() => undefined) // what was being opened as the time ran out
    },
    isOverdue: () => isOver,
    signal: aborting.signal,
    requireTime: () => {
      if (clock.now() >= deadline) throw timedOut()
    },
  }
  const working = work(watch)
  const worked = working.catch((error: unknown) => {
    if (isOver) return over.promise // it failed since it was stopped
    throw error
  })
  try {
    return await Promise.race([worked, over.promise])
  } finally {
    clearTimeout(timer)
  }
}

/** A store that reads nothing more once the time is over. */
export function watchStore(store: ObjectStore, watch: ProofWatch): ObjectStore {
  async function* inTime(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      watch.requireTime()
      yield chunk
    }
  }
  return { ...store, read: async (object, range) => inTime(await store.read(object, range)) }
}

/** A target that says what it does. */
export function watchTarget(target: RestoreTarget, { doing, onOverdue }: ProofWatch): RestoreTarget {
  return {
    ...target,
    execute: (sql) => {
      doing(`running the statements after ${JSON.stringify(firstLine(sql))}`)
      return target.execute(sql)
    },
    query: (sql) => {
      doing('asking for what was restored')
      return target.query(sql)
    },
    copyIn: (table, lines) => {
      doing(`restoring the rows of ${qualifiedName(table.schema, table.table)}`)
      return target.copyIn(table, lines)
    },
    copyOut: (table, onChunk) => {
      doing(`comparing the rows of ${qualifiedName(table.schema, table.table)}`)
      return target.copyOut(table, onChunk)
    },
    ddl: () => {
      doing('comparing the definitions')
      return target.ddl()
    },
    beside: async () => {
      doing('loading the definitions once more')
      const place = await target.beside()
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
