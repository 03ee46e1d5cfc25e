/**
 * What is remembered about one subject, such as a domain, under several kinds, and forgotten all at once. An entry says
 * when it ends and which generation of its subject it belongs to. Forgetting begins a new generation, so that what an
 * older piece of work writes afterwards, in whatever process, is never read.
 */
import type { Redis } from '@upstash/redis'
import * as z from 'zod/mini'
import type { Clock } from '#platform/clock'
import type { Log } from '#platform/log'
import type { Breaker } from '#redis/breaker'
import { createAttempt, type CacheKind, ENTRY_CHARS_MAX, buildCacheKey } from '#redis/cache'

interface CacheEntry<T> {
  value: T
  /** Milliseconds since the epoch at which it ends: whatever is made from it ends then, too. */
  untilMs: number
}

/** Entries of the requested kinds, in their order; undefined: missing, or not to be trusted. */
type CacheEntries<Values extends object[]> = { [At in keyof Values]: CacheEntry<Values[At]> | undefined }
type CacheKinds<Values extends object[]> = { [At in keyof Values]: CacheKind<Values[At]> }

export interface Snapshot<Values extends object[]> {
  /** What is written later with this is read only while the subject was not forgotten in between. */
  generation: string
  entries: CacheEntries<Values>
}

export interface NewEntry<T extends object> extends CacheEntry<T> {
  kind: CacheKind<T>
  /** Not in the place of an entry that is there. */
  onlyIfAbsent?: boolean
}

interface Write {
  generation: string
  entries: NewEntry<object>[]
  /** The claim that ends with this write. */
  claim?: string
}

/** Nothing here throws, and each method is one request where the client batches. `undefined`: Redis did not answer. */
export interface GenerationalCache {
  read<Values extends object[]>(id: string, kinds: CacheKinds<Values>): Promise<Snapshot<Values> | undefined>
  write(id: string, write: Write): Promise<void>
  /** Deletes all of these kinds, takes over the claim for `lifeMs`, and begins the new generation. */
  invalidate(
    id: string,
    kinds: readonly KeyPart[],
    lifeMs: number,
  ): Promise<{ generation: string; claim: string } | undefined>
  /**
   * Reads, and claims the work on the subject for `lifeMs` at most. If another caller has the claim, `claim` is
   * undefined. A write ends the claim.
   */
  claim<Values extends object[]>(
    id: string,
    kinds: CacheKinds<Values>,
    lifeMs: number,
  ): Promise<(Snapshot<Values> & { claim: string | undefined }) | undefined>
}

interface GenerationalCacheDeps {
  redis: Redis
  breaker: Pick<Breaker, 'run'>
  clock: Clock
  log: Log
  /** Any text that was never given before. */
  newToken: () => string
}

/** Longer than any entry lives that an older generation may still write. */
export const GENERATION_MS = 25 * 3_600_000
/** The largest allowed difference between the clocks of two instances. */
const SKEW_MS = 5_000

const GENERATION = { name: 'generation', version: 1 }
const CLAIM = { name: 'claim', version: 1 }

type KeyPart = Pick<CacheKind<object>, 'name' | 'version'>

const envelope = z.object({ until: z.number(), generation: z.string(), value: z.unknown() })

/**
 * Skips writes of an older generation, because they would replace newer entries. Ends the claim if it is still ours: it
 * may have expired, and another caller may have the next one.
 */
const WRITE = `
local function text(key)
  local found = redis.pcall('get', key)
  if type(found) == 'string' then return found end
  return ''
end
local isCurrent = text(KEYS[1]) == ARGV[1]
for i = 3, #KEYS do
  local at = 3 + (i - 3) * 3
  if isCurrent and ARGV[at + 2] == 'NX' then
    redis.call('set', KEYS[i], ARGV[at], 'PX', ARGV[at + 1], 'NX')
  elseif isCurrent then
    redis.call('set', KEYS[i], ARGV[at], 'PX', ARGV[at + 1])
  end
end
if ARGV[2] ~= '' and text(KEYS[2]) == ARGV[2] then redis.call('del', KEYS[2]) end
return isCurrent and 1 or 0`

export function createGenerationalCache({
  redis,
  breaker,
  clock,
  log,
  newToken,
}: GenerationalCacheDeps): GenerationalCache {
  const attempt = createAttempt({ log, breaker })
  const nowMs = () => clock.now().getTime()
  const keysOf = (id: string, kinds: readonly KeyPart[]) =>
    [...kinds, GENERATION].map((kind) => buildCacheKey(kind, id))

  const open = <Values extends object[]>(kinds: CacheKinds<Values>, stored: unknown): Snapshot<Values> => {
    if (!Array.isArray(stored) || stored.length !== kinds.length + 1)
      throw new Error('the answer is not a list of entries')
    const generation = parseGeneration(stored.at(-1))
    const rule = { generation, nowMs: nowMs() }
    const entries = kinds.map((kind, at) => parseEntry(kind, stored[at], rule))
    return { generation, entries: entries as CacheEntries<Values> }
  }
  return {
    read: (id, kinds) => attempt('scan', async () => open(kinds, await redis.mget(keysOf(id, kinds)))),

    async write(id, { generation, entries, claim }) {
      const sets = entries.flatMap(({ kind, value, untilMs, onlyIfAbsent = false }) => {
        const until = Math.floor(Math.min(untilMs, nowMs() + kind.ttlMs))
        const text = JSON.stringify({ until, generation, value })
        const px = until - nowMs()
        if (px < 1 || text.length > ENTRY_CHARS_MAX) return []
        return [{ key: buildCacheKey(kind, id), args: [text, String(px), onlyIfAbsent ? 'NX' : ''] }]
      })
      if (sets.length === 0 && claim === undefined) return
      const keys = [buildCacheKey(GENERATION, id), buildCacheKey(CLAIM, id), ...sets.map(({ key }) => key)]
      const args = [generation, claim ?? '', ...sets.flatMap(({ args }) => args)]
      await attempt('scan', async () => {
        const reply: unknown = await redis.eval(WRITE, keys, args)
        if (reply !== 0 && reply !== 1) throw new Error('the answer does not come from the script')
      })
    },

    async invalidate(id, kinds, lifeMs) {
      const [generation, claim] = [newToken(), newToken()]
      const pipeline = redis.pipeline()
      pipeline.set(buildCacheKey(GENERATION, id), generation, { px: GENERATION_MS })
      for (const kind of kinds) pipeline.del(buildCacheKey(kind, id))
      pipeline.set(buildCacheKey(CLAIM, id), claim, { px: Math.ceil(lifeMs) })
      return attempt('scan', async () => {
        await runAll(pipeline)
        return { generation, claim }
      })
    },

    async claim(id, kinds, lifeMs) {
      const token = newToken()
      return attempt('scan', async () => {
        const pipeline = redis.pipeline()
        pipeline.set(buildCacheKey(CLAIM, id), token, { nx: true, px: Math.ceil(lifeMs) })
        pipeline.mget(keysOf(id, kinds))
        const [set, stored] = await pipeline.exec<[string | null, unknown]>()
        return { ...open(kinds, stored), claim: set === 'OK' ? token : undefined }
      })
    },
  }
}

/** @throws when Redis refuses one of the commands, and when the answer is not from Redis */
async function runAll(pipeline: ReturnType<Redis['pipeline']>): Promise<void> {
  const count = pipeline.length()
  const replies = await pipeline.exec()
  if (replies.length !== count) throw new Error('the answer and the request differ in length')
}

/** The client has read it as JSON where it could: then it is none of ours, and nothing is written under it. */
function parseGeneration(stored: unknown): string {
  if (stored === null) return ''
  return typeof stored === 'string' ? stored : JSON.stringify(stored)
}

/** Others may have written to this Redis: an entry counts only if we could have written it. */
function parseEntry<T extends object>(
  kind: CacheKind<T>,
  stored: unknown,
  { generation, nowMs }: { generation: string; nowMs: number },
): CacheEntry<T> | undefined {
  if (stored === null) return undefined
  const { data } = z.safeParse(envelope, stored)
  if (!data || data.generation !== generation) return undefined
  if (data.until <= nowMs || data.until > nowMs + kind.ttlMs + SKEW_MS) return undefined
  if (JSON.stringify(stored).length > ENTRY_CHARS_MAX) return undefined
  const value = z.safeParse(kind.schema, data.value).data
  return value && { value, untilMs: data.until }
}
