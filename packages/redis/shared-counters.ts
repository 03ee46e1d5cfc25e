/**
 * What all instances counted together, in one hash. An instance keeps its counts until Redis has said that they arrived,
 * and sends them along with a request that leaves anyway.
 *
 * Each parcel has a number of its own, and Redis remembers the last one of each instance: a parcel whose answer was lost
 * goes once more and is counted once. Redis may lose the hash; the counts then start from zero, as after a restart.
 */
import type { Redis } from '@upstash/redis'
import type { Clock } from '#platform/clock'
import { createTally, type MetricSink } from '#platform/metrics/metrics'

const KEY = 'metrics:v1'
const INTERVAL_MS = 1_000
/** How long a parcel may be repeated and still be known. */
const REMEMBER_MS = 3_600_000

/** A late copy of an older parcel is known too. The number comes first: should a field be no number, the rest is lost, and not counted with each repetition. */
const ADD = `if tonumber(redis.call('GET', KEYS[2]) or 0) >= tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[2], ARGV[1], 'PX', ${REMEMBER_MS})
for i = 2, #ARGV, 2 do redis.call('HINCRBY', KEYS[1], ARGV[i], ARGV[i + 1]) end
return 1`

export interface SharedCounters extends MetricSink {
  /**
   * Sends what is due with the commands that leave in the same turn; at most once a second. Neither waits nor throws:
   * what does not arrive is sent later.
   */
  piggyback(): void
  /** Sends everything now. Never throws. */
  flush(): Promise<void>
  /** The counts of all instances with this one's; `undefined`: Redis did not answer. Never throws. */
  read(): Promise<ReadonlyMap<string, number> | undefined>
}

interface SharedCountersDeps {
  /** A client that sends in one request what is asked for at the same moment. */
  redis: Redis
  clock: Clock
  /** Names this instance among all. */
  instanceId: string
}

interface Batch {
  number: number
  counts: Map<string, number>
}

export function createSharedCounters({ redis, clock, instanceId }: SharedCountersDeps): SharedCounters {
  const unsent = createTally()
  const keys = [KEY, `${KEY}:last:${instanceId}`]
  let parcel: Batch | undefined // packed, and not known to have arrived
  let packed = 0
  let isOnItsWay = false
  let sending: Promise<void> = Promise.resolve()
  let sentAtMs = -Infinity

  const pack = (): Batch | undefined => {
    if (isOnItsWay) return undefined
    if (!parcel && unsent.counts.size > 0) parcel = { number: (packed += 1), counts: unsent.take() }
    if (!parcel) return undefined
    isOnItsWay = true
    sentAtMs = clock.now().getTime()
    return parcel
  }
  const arrived = (isThere: boolean) => {
    isOnItsWay = false
    if (isThere) parcel = undefined
  }
  const send = async () => {
    const packing = pack()
    if (!packing) return
    await redis.eval(ADD, keys, toArguments(packing)).then(
      () => arrived(true),
      () => arrived(false),
    )
  }
  const readWith = async (packing: Batch | undefined) => {
    const pipeline = redis.pipeline()
    if (packing) pipeline.eval(ADD, keys, toArguments(packing))
    const answers = await pipeline.hgetall(KEY).exec({ keepErrors: true })
    if (packing) arrived(answers[0]?.error === undefined)
    return answers.at(-1)?.error === undefined ? parseCounts(answers.at(-1)?.result) : undefined
  }
  return {
    add: (series, by) => unsent.add(series, by),
    piggyback() {
      if (!isOnItsWay && clock.now().getTime() - sentAtMs >= INTERVAL_MS) sending = send()
    },
    async flush() {
      await sending
      await send() // what did not arrive before
      if (!parcel) await send()
    },
    async read() {
      const packing = pack()
      try {
        return await readWith(packing)
      } catch {
        if (packing) arrived(false)
        return undefined
      }
    },
  }
}

function toArguments({ number, counts }: Batch): string[] {
  return [String(number), ...[...counts].flatMap(([series, count]) => [series, String(count)])]
}

/** What is no count is left out: anything can stand in a Redis. */
function parseCounts(hash: unknown): Map<string, number> | undefined {
  if (hash === null) return new Map() // nothing was counted yet
  if (typeof hash !== 'object') return undefined
  return new Map(Object.entries(hash).filter((entry): entry is [string, number] => Number.isSafeInteger(entry[1])))
}
