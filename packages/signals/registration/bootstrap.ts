/** Which RDAP server knows a domain: IANA's list (RFC 9224), fetched once and kept for as long as it says. */
import * as z from 'zod/mini'
import type { Clock } from '#platform/clock'
import type { HttpAnswer, HttpGet } from '#signals/registration/http-get'
import type { Keep } from '#signals/registration/keep'
import { RegistryProblem } from '#signals/registration/problem'
import { within } from '#signals/registration/within'

export interface Bootstrap {
  /**
   * Base URLs that end in a slash, the best first; none when RDAP does not know the domain's TLD.
   * @throws RegistryProblem when there is no list and none can be had
   */
  serversOf(domain: string, until: AbortSignal): Promise<string[]>
}

interface BootstrapDeps {
  /** Of the list of domains, e.g. `https://data.iana.org/rdap/dns.json`. */
  url: string
  get: HttpGet
  keep: Keep
  clock: Clock
}

const listSchema = z.object({
  services: z.array(z.tuple([z.array(z.string()), z.array(z.string())])),
})

const keptSchema = z.object({
  /** Name (a TLD, or more labels) to base URLs. */
  servers: z.record(z.string(), z.array(z.string())),
  etag: z.nullable(z.string()),
  freshUntilMs: z.number(),
})
type Kept = z.infer<typeof keptSchema>

const TIMEOUT_MS = 3_000
const BYTES_MAX = 1024 * 1024
const FRESH_MS = 24 * 3_600_000
const FRESH_MS_MIN = 60_000
const FRESH_MS_MAX = 7 * FRESH_MS
/** A list that cannot be renewed serves on for as long as this; servers rarely move. */
const KEEP_MS = 30 * FRESH_MS

export function createBootstrap(deps: BootstrapDeps): Bootstrap {
  const name = `rdap-bootstrap:${deps.url}` // another list is another entry
  let known: Kept | undefined
  let failedUntilMs = 0
  let renewal: Promise<Kept> | undefined

  async function renewed(): Promise<Kept> {
    const stored = known ?? z.safeParse(keptSchema, await deps.keep.read(name)).data
    if (stored && isFresh(stored)) return (known = stored)
    try {
      known = await fetchList(deps, stored)
      await deps.keep.write(name, known, KEEP_MS)
      return known
    } catch (error) {
      failedUntilMs = deps.clock.now().getTime() + FRESH_MS_MIN
      if (!stored) throw error
      return (known = { ...stored, freshUntilMs: failedUntilMs })
    }
  }
  const isFresh = ({ freshUntilMs }: Kept) => deps.clock.now().getTime() < freshUntilMs

  async function list(until: AbortSignal): Promise<Kept> {
    if (known && isFresh(known)) return known
    if (!known && deps.clock.now().getTime() < failedUntilMs) {
      throw new RegistryProblem('UNREACHABLE', 'the list of RDAP servers could not be fetched')
    }
    // One fetch for all who wait; it goes on when the scan that began it ends.
    renewal ??= renewed().finally(() => (renewal = undefined))
    const running = renewal
    return within({ timeoutMs: TIMEOUT_MS, until }, () => running)
  }

  return {
    async serversOf(domain, until) {
      const { servers } = await list(until)
      const suffix = suffixesOf(domain).find((name) => Object.hasOwn(servers, name))
      return (suffix && servers[suffix]) || []
    },
  }
}

async function fetchList({ url, get, clock }: BootstrapDeps, stored: Kept | undefined): Promise<Kept> {
  const headers = stored?.etag ? { 'if-none-match': stored.etag } : {}
  const until = AbortSignal.timeout(TIMEOUT_MS)
  const answer = await get({ url, headers, timeoutMs: TIMEOUT_MS, bytesMax: BYTES_MAX, until })
  const freshUntilMs = clock.now().getTime() + freshMs(answer)
  if (answer.status === 304 && stored) return { ...stored, freshUntilMs }
  if (answer.status !== 200) throw new RegistryProblem('SERVFAIL', `the list of RDAP servers: HTTP ${answer.status}`)
  return { servers: parseList(answer.body), etag: answer.headers.etag ?? null, freshUntilMs }
}

function freshMs({ headers }: HttpAnswer): number {
  const seconds = /(?:^|[ ,])max-age=(\d{1,9})/.exec(headers['cache-control'] ?? '')?.[1]
  const expiresMs = Date.parse(headers.expires ?? '') - Date.parse(headers.date ?? '')
  const saidMs = seconds === undefined ? expiresMs : Number(seconds) * 1_000
  return Number.isNaN(saidMs) ? FRESH_MS : Math.min(Math.max(saidMs, FRESH_MS_MIN), FRESH_MS_MAX)
}

function parseList(body: Buffer): Kept['servers'] {
  const { data } = z.safeParse(listSchema, parseJson(body))
  if (!data) throw new RegistryProblem('UNREADABLE', 'the list of RDAP servers has another shape')
  const entries = data.services.flatMap(([names, urls]) => names.map((name) => [name.toLowerCase(), preferred(urls)]))
  return Object.fromEntries(entries) as Kept['servers']
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch (cause) {
    throw new RegistryProblem('UNREADABLE', 'the list of RDAP servers is no JSON', { cause })
  }
}

/** Where a service has both, HTTPS first; base URLs end in a slash (RFC 9224 section 3). */
function preferred(urls: string[]): string[] {
  const valid = urls.filter((url) => URL.canParse(url)).map((url) => (url.endsWith('/') ? url : `${url}/`))
  return valid.sort((a, b) => Number(b.startsWith('https:')) - Number(a.startsWith('https:')))
}

/** The longest name that matches whole labels wins (RFC 9224 section 4). */
function suffixesOf(domain: string): string[] {
  const labels = domain.split('.')
  return labels.map((_, index) => labels.slice(index).join('.'))
}
