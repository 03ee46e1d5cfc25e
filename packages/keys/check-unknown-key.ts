/**
 * Checks keys that match no HMAC: mostly guesses, sometimes the first use of an imported key. Every refusal takes the
 * same time, so that it does not reveal whether the id exists. A guess costs a bcrypt comparison only while an imported
 * key waits for its first use, and those are few at a time.
 */
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '#platform/clock'
import { AppError } from '#platform/errors'
import type { Log } from '#platform/log'
import type { CompareBcrypt } from '#keys/compare-bcrypt'

const BCRYPT_COST_MIN = 4
/** The number of rounds is 2 to this power. A higher cost would take more than half a second per guess. */
export const BCRYPT_COST_MAX = 12

interface UnknownKey {
  /** Address of the client. */
  source: string
  keyid: string
  text: string
  /** Identifies the text in caches, which must not hold the key itself. */
  hmac: Buffer
  /** Hash of the imported key with this id; undefined when none can match. */
  bcryptHash: string | undefined
}

export type CheckUnknownKey = (unknown: UnknownKey) => Promise<boolean>

interface UnknownKeyDeps {
  clock: Clock
  log: Log
  compare: CompareBcrypt
  /** Returns the highest cost among the imported keys that can still match; 0: there are none. */
  readHighestCost: () => Promise<number>
}

/** Guesses that may wait at once. */
const WAITING_PER_SOURCE_MAX = 8
const WAITING_MAX = 64
const FAILED_TTL_MS = 600_000
/** Requests that read the imported key before its first use has upgraded it. */
const MATCHED_TTL_MS = 60_000
const SET_SIZE_MAX = 1_000
const HIGHEST_COST_TTL_MS = 60_000

/** @throws AppError RATE_LIMITED */
export function createUnknownKeyCheck({ clock, log, compare, readHighestCost }: UnknownKeyDeps): CheckUnknownKey {
  const pace = createPace()
  const timed = async (text: string, hash: string): Promise<boolean> => {
    const startedMs = performance.now()
    const matches = await compare(text, hash)
    pace.note(performance.now() - startedMs, readCost(hash))
    return matches
  }
  const highestCost = cacheFor(HIGHEST_COST_TTL_MS, clock, async () => {
    const cost = await readHighestCost()
    // warm up and measure first: the first guess must not reveal the time of a comparison, or the start of the thread
    if (cost > 0) await compare('', buildDummyHash(BCRYPT_COST_MIN))
    if (cost > 0) await timed('', buildDummyHash(cost))
    return cost
  })
  const failed = createExpiringSet(clock, FAILED_TTL_MS)
  const matched = createExpiringSet(clock, MATCHED_TTL_MS)
  const warned = createExpiringSet(clock, Infinity)
  const enqueue = createSourceQueues()
  const flights = new Map<string, Promise<boolean>>()

  const affordable = ({ keyid, bcryptHash }: UnknownKey): string | undefined => {
    if (bcryptHash === undefined || readCost(bcryptHash) <= BCRYPT_COST_MAX) return bcryptHash
    if (!warned.has(keyid))
      log.warn('imported_key_too_dear', { keyid, cost: readCost(bcryptHash), costMax: BCRYPT_COST_MAX })
    warned.add(keyid)
    return undefined
  }
  const check = async (unknown: UnknownKey, hash: string | undefined, mark: string): Promise<boolean> => {
    if (matched.has(mark)) return true
    const cost = Math.max(await highestCost(), hash === undefined ? 0 : readCost(hash))
    if (cost === 0) return false
    return enqueue(unknown.source, async () => {
      const endsAtMs = performance.now() + pace.refusalMs(cost)
      const matches = hash !== undefined && !failed.has(mark) && (await timed(unknown.text, hash))
      if (matches) {
        matched.add(mark)
        return true
      }
      if (hash !== undefined) failed.add(mark)
      await sleep(Math.max(0, endsAtMs - performance.now()))
      return false
    })
  }
  return (unknown) => {
    const hash = affordable(unknown)
    const mark = hashAttempt(unknown.hmac, hash)
    const flight = flights.get(mark) ?? check(unknown, hash, mark).finally(() => flights.delete(mark))
    flights.set(mark, flight)
    return flight
  }
}

function readCost(bcryptHash: string): number {
  return Number(bcryptHash.slice(4, 6))
}

function buildDummyHash(cost: number): string {
  return `$2b$${String(cost).padStart(2, '0')}$${'.'.repeat(53)}`
}

/** Time of a comparison of cost 10 on one processor. */
const TYPICAL_MS = 85
const REFUSAL_MS_MAX = 2_000
const MEASURED_MAX = 20

/** Chooses how long a refusal takes: 1.5 times the slowest of the last comparisons, so that one fits in. */
function createPace() {
  const noted: number[] = []
  return {
    note: (ms: number, cost: number) => {
      noted.push(ms / 2 ** cost)
      if (noted.length > MEASURED_MAX) noted.shift()
    },
    refusalMs: (cost: number) => Math.min(REFUSAL_MS_MAX, 1.5 * 2 ** cost * Math.max(TYPICAL_MS / 2 ** 10, ...noted)),
  }
}

/** A new hash under the same id makes it a new attempt. */
function hashAttempt(hmac: Buffer, bcryptHash = ''): string {
  return createHash('sha256').update(hmac).update(bcryptHash).digest('base64')
}

/** Runs one check at a time per source: with parallel guesses, timing would reveal which ones were compared. */
function createSourceQueues() {
  const queues = new Map<string, { waiting: number; last: Promise<unknown> }>()
  let waiting = 0
  return async (source: string, work: () => Promise<boolean>): Promise<boolean> => {
    const queue = queues.get(source) ?? { waiting: 0, last: Promise.resolve() }
    if (queue.waiting >= WAITING_PER_SOURCE_MAX || waiting >= WAITING_MAX) throw buildLimitError()
    queues.set(source, queue)
    queue.waiting += 1
    waiting += 1
    const mine = queue.last.then(work, work)
    queue.last = mine
    try {
      return await mine
    } finally {
      waiting -= 1
      queue.waiting -= 1
      if (queue.waiting === 0) queues.delete(source)
    }
  }
}

/** A set whose entries expire after `lifeMs`. It drops the oldest entry when it is full. */
function createExpiringSet(clock: Clock, lifeMs: number) {
  const marks = new Map<string, number>()
  return {
    has: (mark: string) => (marks.get(mark) ?? 0) > clock.now().getTime(),
    add: (mark: string) => {
      const [oldest] = marks.keys()
      if (marks.size >= SET_SIZE_MAX && oldest !== undefined) marks.delete(oldest)
      marks.set(mark, clock.now().getTime() + lifeMs)
    },
  }
}

/** Caches an answer. Concurrent callers share one request; a failure is not cached. */
function cacheFor<T>(lifeMs: number, clock: Clock, ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined
  let untilMs = 0
  return () => {
    const nowMs = clock.now().getTime()
    if (answer && nowMs < untilMs) return answer
    untilMs = nowMs + lifeMs
    answer = ask()
    answer.catch(() => (untilMs = 0))
    return answer
  }
}

function buildLimitError(): AppError {
  return new AppError('RATE_LIMITED', 'too many unknown keys are being checked', {
    details: { limit: 'ip', retry_after_seconds: 1 },
  })
}
