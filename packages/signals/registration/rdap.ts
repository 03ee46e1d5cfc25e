/** Asks an RDAP server about a domain (RFC 9082 section 3.1.3) and interprets each kind of answer. */
import * as z from 'zod/mini'
import type { HttpAnswer, HttpGet } from '#signals/registration/http-get'
import type { Finding } from '#signals/registration/facts'
import { RegistryProblem } from '#signals/registration/problem'
import { readRdapDomain } from '#signals/registration/rdap-domain'

interface RdapQuestion {
  /** Ends in a slash. */
  baseUrl: string
  domain: string
  until: AbortSignal
}

const TIMEOUT_MS = 4_000
const BYTES_MAX = 256 * 1024

/** @throws RegistryProblem */
export async function askRdap(
  { get, now }: { get: HttpGet; now: () => Date },
  { baseUrl, domain, until }: RdapQuestion,
): Promise<Finding> {
  const headers = { accept: 'application/rdap+json, application/json;q=0.9' }
  const answer = await get({
    url: `${baseUrl}domain/${domain}`,
    headers,
    timeoutMs: TIMEOUT_MS,
    bytesMax: BYTES_MAX,
    until,
  })
  if (answer.status === 404 && isRegistryAnswer(answer)) return { outcome: 'no-such-domain' }
  if (answer.status === 404) throw new RegistryProblem('UNREADABLE', 'a page of a web server, not of the registry')
  if (answer.status !== 200) throw createRefusal(answer, now())
  const facts = readRdapDomain(parseJson(answer.body), domain)
  if (!facts) throw new RegistryProblem('UNREADABLE', 'the answer is about a different domain')
  return { outcome: 'registered', facts }
}

/**
 * A 404 means that the domain does not exist (RFC 7480 section 5.3), but only if an RDAP server sent it: with no body,
 * or with an RDAP body.
 */
function isRegistryAnswer({ headers, body }: HttpAnswer): boolean {
  if (/\brdap\+json\b/i.test(headers['content-type'] ?? '')) return true
  if (body.length === 0) return !/\bhtml\b/i.test(headers['content-type'] ?? '')
  return z.safeParse(errorSchema, parseJson(body)).success
}

/** RFC 9083 section 6. */
const errorSchema = z.union([
  z.object({ errorCode: z.literal(404) }),
  z.object({ rdapConformance: z.array(z.unknown()) }),
])

function createRefusal({ status, headers }: HttpAnswer, now: Date): RegistryProblem {
  const message = `HTTP ${status}`
  if (status === 429) {
    return new RegistryProblem('RATE_LIMITED', message, { retryAfterMs: parseRetryAfter(headers['retry-after'], now) })
  }
  if (status >= 500) return new RegistryProblem('SERVFAIL', message)
  return new RegistryProblem(status >= 400 ? 'REFUSED' : 'UNREADABLE', message)
}

/** Seconds, or an HTTP date (RFC 9110 section 10.2.3). */
function parseRetryAfter(text: string | undefined, now: Date): number | null {
  if (text === undefined) return null
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - now.getTime()
  return Number.isNaN(ms) || ms < 0 ? null : ms
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch (cause) {
    throw new RegistryProblem('UNREADABLE', 'the answer is not JSON', { cause })
  }
}
