/**
 * Keys that match no HMAC: nearly always somebody's guess, and now and then an imported key on its first use. All of them
 * are answered alike, so that none tells whether its id is there; a guess costs a comparison only where an imported key
 * waits for its first use, and those are few at a time.
 */
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '#platform/clock'
import { AppError } from '#platform/errors'
import type { Log } from '#platform/log'
import type { CompareBcrypt } from '#keys/compare-bcrypt'

const BCRYPT_COST_MIN = 4
/** Two raised to this is the number of rounds. A dearer hash would take more than half a second for each guess. */
export const BCRYPT_COST_MAX = 12

interface Stranger {
  /** Address that it came from. */
  source: string
  keyid: string
  text: string
  /** Stands for the text where something is remembered of it. */
  hmac: Buffer
  /** Of the imported key with this id; undefined where there is none that could open. */
  bcryptHash: string | undefined
}

export type CheckStranger = (stranger: Stranger) => Promise<boolean>

interface StrangerDeps {
  clock: Clock
  log: Log
  compare: CompareBcrypt
  /** The highest cost among the imported keys that could still open; 0: there is none. */
  readDearest: () => Promise<number>
}

/** Guesses that wait at once. */
const WAITING_OF_SOURCE_MAX = 8
const WAITING_MAX = 64
const FAILED_MS = 600_000
const REMEMBERED_MAX = 1_000
const DEAREST_MS = 60_000

/** @throws AppError RATE_LIMITED */
export function createStrangerCheck({ clock, log, compare, readDearest }: StrangerDeps): CheckStranger {
  const pace = createPace()
  const timed = async (text: string, hash: string): Promise<boolean> => {
    const startedMs = performance.now()
    const matches = await compare(text, hash)
    pace.note(performance.now() - startedMs, costOf(hash))
    return matches
  }
  const dearest = rememberFor(DEAREST_MS, clock, async () => {
    const cost = await readDearest()
    // the first guess must not show how long a comparison takes here, nor that the thread was not running yet
    if (cost > 0) await compare('', someHash(BCRYPT_COST_MIN))
    if (cost > 0) await timed('', someHash(cost))
    return cost
  })
  const failed = createMarks(clock, FAILED_MS)
  const told = createMarks(clock, Infinity)
  const takeTurn = createTurns()
  const flights = new Map<string, Promise<boolean>>()

  const affordable = ({ keyid, bcryptHash }: Stranger): string | undefined => {
    if (bcryptHash === undefined || costOf(bcryptHash) <= BCRYPT_COST_MAX) return bcryptHash
    if (!told.has(keyid))
      log.warn('imported_key_too_dear', { keyid, cost: costOf(bcryptHash), costMax: BCRYPT_COST_MAX })
    told.add(keyid)
    return undefined
  }
  const check = async (stranger: Stranger, hash: string | undefined, mark: string): Promise<boolean> => {
    const cost = Math.max(await dearest(), hash === undefined ? 0 : costOf(hash))
    if (cost === 0) return false
    return takeTurn(stranger.source, async () => {
      const endsAtMs = performance.now() + pace.refusalMs(cost)
      const matches = hash !== undefined && !failed.has(mark) && (await timed(stranger.text, hash))
      if (matches) return true
      if (hash !== undefined) failed.add(mark)
      await sleep(Math.max(0, endsAtMs - performance.now()))
      return false
    })
  }
  return (stranger) => {
    const hash = affordable(stranger)
    const mark = markOf(stranger.hmac, hash)
    const flight = flights.get(mark) ?? check(stranger, hash, mark).finally(() => flights.delete(mark))
    flights.set(mark, flight)
    return flight
  }
}

function costOf(bcryptHash: string): number {
  return Number(bcryptHash.slice(4, 6))
}

function someHash(cost: number): string {
  return `$2b$${String(cost).padStart(2, '0')}$${'.'.repeat(53)}`
}

/** At cost 10 on one processor. */
const USUAL_MS = 85
const REFUSAL_MS_MAX = 2_000
const NOTED_MAX = 20

/** How long refusals take, so that a comparison fits in: half as long again as the slowest of the last ones took. */
function createPace() {
  const noted: number[] = []
  return {
    note: (ms: number, cost: number) => {
      noted.push(ms / 2 ** cost)
      if (noted.length > NOTED_MAX) noted.shift()
    },
    refusalMs: (cost: number) => Math.min(REFUSAL_MS_MAX, 1.5 * 2 ** cost * Math.max(USUAL_MS / 2 ** 10, ...noted)),
  }
}

/** Another hash under the same id is another question. */
function markOf(hmac: Buffer, bcryptHash = ''): string {
  return createHash('sha256').update(hmac).update(bcryptHash).digest('base64')
}

/** One at a time for each source: an address that tries several at once cannot tell by the time which were compared. */
function createTurns() {
  const queues = new Map<string, { waiting: number; last: Promise<unknown> }>()
  let waiting = 0
  return async (source: string, work: () => Promise<boolean>): Promise<boolean> => {
    const queue = queues.get(source) ?? { waiting: 0, last: Promise.resolve() }
    if (queue.waiting >= WAITING_OF_SOURCE_MAX || waiting >= WAITING_MAX) throw tooMany()
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

/** What was seen within `lifeMs`; the oldest goes when there are too many. */
function createMarks(clock: Clock, lifeMs: number) {
  const marks = new Map<string, number>()
  return {
    has: (mark: string) => (marks.get(mark) ?? 0) > clock.now().getTime(),
    add: (mark: string) => {
      const [oldest] = marks.keys()
      if (marks.size >= REMEMBERED_MAX && oldest !== undefined) marks.delete(oldest)
      marks.set(mark, clock.now().getTime() + lifeMs)
    },
  }
}

/** Asks once for all who want to know at the moment, and again after a failure. */
function rememberFor<T>(lifeMs: number, clock: Clock, ask: () => Promise<T>): () => Promise<T> {
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

function tooMany(): AppError {
  return new AppError('RATE_LIMITED', 'too many unknown keys are being checked', {
    details: { limit: 'ip', retry_after_seconds: 1 },
  })
}
