/**
 * Finds the RDAP servers of a domain in IANA's list (RFC 9224), which it fetches once and caches for as long as the
 * list says.
 */
import * as z from 'zod/mini'
import type { Clock } from '#platform/clock'
import type { HttpAnswer, HttpGet } from '#signals/registration/http-get'
import type { RegistryCache } from '#signals/registration/registry-cache'
import { RegistryProblem } from '#signals/registration/problem'
import { withDeadline } from '#signals/registration/with-deadline'

export interface Bootstrap {
  /**
   * Returns base URLs that end in a slash, best first; none when RDAP does not cover the TLD.
   *
   * @throws RegistryProblem when there is no list and the fetch fails
   */
  findServers(domain: string, until: AbortSignal): Promise<string[]>
}

interface BootstrapDeps {
  /** URL of the list of domains, e.g. `https://data.iana.org/rdap/dns.json`. */
  url: string
  get: HttpGet
  cache: RegistryCache
  clock: Clock
}

const listSchema = z.object({
  services: z.array(z.tuple([z.array(z.string()), z.array(z.string())])),
})

const storedListSchema = z.object({
  /** Maps a name (a TLD, or more labels) to base URLs. */
  servers: z.record(z.string(), z.array(z.string())),
  etag: z.nullable(z.string()),
  freshUntilMs: z.number(),
})
type StoredList = z.infer<typeof storedListSchema>

const TIMEOUT_MS = 3_000
const BYTES_MAX = 1024 * 1024
const FRESH_MS = 24 * 3_600_000
const FRESH_MS_MIN = 60_000
const FRESH_MS_MAX = 7 * FRESH_MS
/** TTL of a list that cannot be renewed; servers rarely move. */
const LIST_TTL_MS = 30 * FRESH_MS

export function createBootstrap(deps: BootstrapDeps): Bootstrap {
  const name = `rdap-bootstrap:${deps.url}` // each list has its own entry
  let known: StoredList | undefined
  let failedUntilMs = 0
  let renewal: Promise<StoredList> | undefined

  async function renewed(): Promise<StoredList> {
    const stored = known ?? z.safeParse(storedListSchema, await deps.cache.read(name)).data
    if (stored && isFresh(stored)) return (known = stored)
    try {
      known = await fetchList(deps, stored)
      await deps.cache.write(name, known, LIST_TTL_MS)
      return known
    } catch (error) {
      failedUntilMs = deps.clock.now().getTime() + FRESH_MS_MIN
      if (!stored) throw error
      return (known = { ...stored, freshUntilMs: failedUntilMs })
    }
  }
  const isFresh = ({ freshUntilMs }: StoredList) => deps.clock.now().getTime() < freshUntilMs

  async function list(until: AbortSignal): Promise<StoredList> {
    if (known && isFresh(known)) return known
    if (!known && deps.clock.now().getTime() < failedUntilMs) {
      throw new RegistryProblem('UNREACHABLE', 'the list of RDAP servers could not be fetched')
    }
    // All waiting scans share one fetch, which continues when the scan that started it ends.
    renewal ??= renewed().finally(() => (renewal = undefined))
    const running = renewal
    return withDeadline({ timeoutMs: TIMEOUT_MS, until }, () => running)
  }

  return {
    async findServers(domain, until) {
      const { servers } = await list(until)
      const suffix = listSuffixes(domain).find((name) => Object.hasOwn(servers, name))
      return (suffix && servers[suffix]) || []
    },
  }
}

async function fetchList({ url, get, clock }: BootstrapDeps, stored: StoredList | undefined): Promise<StoredList> {
  const headers = stored?.etag ? { 'if-none-match': stored.etag } : {}
  const until = AbortSignal.timeout(TIMEOUT_MS)
  const answer = await get({ url, headers, timeoutMs: TIMEOUT_MS, bytesMax: BYTES_MAX, until })
  const freshUntilMs = clock.now().getTime() + readFreshMs(answer)
  if (answer.status === 304 && stored) return { ...stored, freshUntilMs }
  if (answer.status !== 200) throw new RegistryProblem('SERVFAIL', `the list of RDAP servers: HTTP ${answer.status}`)
  return { servers: parseList(answer.body), etag: answer.headers.etag ?? null, freshUntilMs }
}

function readFreshMs({ headers }: HttpAnswer): number {
  const seconds = /(?:^|[ ,])max-age=(\d{1,9})/.exec(headers['cache-control'] ?? '')?.[1]
  const expiresMs = Date.parse(headers.expires ?? '') - Date.parse(headers.date ?? '')
  const saidMs = seconds === undefined ? expiresMs : Number(seconds) * 1_000
  return Number.isNaN(saidMs) ? FRESH_MS : Math.min(Math.max(saidMs, FRESH_MS_MIN), FRESH_MS_MAX)
}

function parseList(body: Buffer): StoredList['servers'] {
  const { data } = z.safeParse(listSchema, parseJson(body))
  if (!data) throw new RegistryProblem('UNREADABLE', 'the list of RDAP servers has an unknown format')
  const entries = data.services.flatMap(([names, urls]) =>
    names.map((name) => [name.toLowerCase(), sortByPreference(urls)]),
  )
  return Object.fromEntries(entries) as StoredList['servers']
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch (cause) {
    throw new RegistryProblem('UNREADABLE', 'the list of RDAP servers is not JSON', { cause })
  }
}

/** Puts HTTPS first when a service has both; base URLs end in a slash (RFC 9224 section 3). */
function sortByPreference(urls: string[]): string[] {
  const valid = urls.filter((url) => URL.canParse(url)).map((url) => (url.endsWith('/') ? url : `${url}/`))
  return valid.sort((a, b) => Number(b.startsWith('https:')) - Number(a.startsWith('https:')))
}

/** The longest name that matches whole labels wins (RFC 9224 section 4). */
function listSuffixes(domain: string): string[] {
  const labels = domain.split('.')
  return labels.map((_, index) => labels.slice(index).join('.'))
}
