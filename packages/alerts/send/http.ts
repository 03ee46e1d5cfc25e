/**
 * Posts to addresses that people typed in. Hunter resolves the host once, refuses it when any of its addresses is not
 * on the public internet, and connects to exactly those addresses. It follows no redirect and uses no proxy.
 */
import { request as requestHttp, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIP } from 'node:net'
import { isPublicAddress } from '#signals/public-address'
import { type Endpoint, type Network, pinAddresses } from '#signals/registration/network'

export interface HttpDeps {
  network: Network
  /** Limit of the whole exchange. */
  timeoutMs: number
  /** Certificates to trust besides Node's; tests only. */
  ca?: string
}

interface HttpPost {
  url: string
  headers: Record<string, string>
  body: Uint8Array
}

export interface HttpAnswer {
  status: number
  retryAfter: string | undefined
  /** The first 64 kB; shorter when the time ran out meanwhile. */
  text: string
}

/** Why there is no answer. `message` is a sentence for people. */
export class SendProblem extends Error {
  override readonly name = 'SendProblem'
}

const URL_LENGTH_MAX = 2_000
const ANSWER_BYTES_MAX = 64 * 1024

/** Returns the URL, or what is wrong with it, which completes "the address …". */
export function parseAddress(text: string, isTrusted: Network['isTrusted']): URL | string {
  const url = text.length <= URL_LENGTH_MAX && URL.canParse(text) ? new URL(text) : undefined
  if (!url) return 'must be an https URL'
  if (url.username !== '' || url.password !== '') return 'must have no user name or password'
  url.hash = ''
  const place = toEndpoint(url)
  if (isTrusted(place) && ['http:', 'https:'].includes(url.protocol)) return url
  if (url.protocol !== 'https:') return 'must be an https URL'
  if (place.port !== 443 && place.port < 1_024) return 'must use port 443 or a port from 1024 on'
  if (isIP(place.host) > 0 ? !isPublicAddress(place.host) : !place.host.includes('.')) return NOT_PUBLIC
  return url
}

const NOT_PUBLIC = 'must lead to the public internet'

function toEndpoint({ hostname, port, protocol }: URL): Endpoint {
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || (protocol === 'http:' ? 80 : 443)) }
}

/** @throws SendProblem */
export async function postSafely(deps: HttpDeps, { url: text, headers, body }: HttpPost): Promise<HttpAnswer> {
  const url = parseAddress(text, (place) => deps.network.isTrusted(place))
  if (typeof url === 'string') throw new SendProblem(`The address ${url}.`)
  const until = AbortSignal.timeout(deps.timeoutMs)
  const addresses = await resolvePublic(deps.network, toEndpoint(url), until)
  const options: RequestOptions & { ca?: string } = {
    method: 'POST',
    headers: { ...headers, 'Content-Length': String(body.byteLength) },
    agent: false, // no kept connection and no proxy from the environment
    lookup: pinAddresses(addresses.map((address) => ({ address, family: isIP(address) }))),
    signal: until,
    ...(deps.ca !== undefined && { ca: deps.ca }),
  }
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => reject(explain(error, until))
    const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, options)
    request.on('error', fail)
    request.on('response', (response) => {
      // the status is there: what goes wrong from now on only cuts the text
      request.off('error', fail).on('error', () => undefined)
      readStart(response).then((start) => {
        resolve({ status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'], text: start })
        request.destroy()
      }, fail)
    })
    request.end(body)
  })
}

/** One public address is not enough: a name with a private one as well is an attempt to get in. */
async function resolvePublic(network: Network, place: Endpoint, until: AbortSignal): Promise<string[]> {
  const found = isIP(place.host) > 0 ? [place.host] : await network.resolve(place.host, until)
  if (until.aborted) throw new SendProblem(TOO_SLOW)
  if (found.length === 0)
    throw new SendProblem('The host of the address has no IP address, or its DNS does not answer.')
  if (network.isTrusted(place) || found.every(isPublicAddress)) return found
  throw new SendProblem(`The address ${NOT_PUBLIC}.`)
}

/** The status decides, so an answer that breaks off or never ends keeps what came of it. */
async function readStart(response: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = []
  let bytes = 0
  try {
    for await (const piece of response as AsyncIterable<Buffer>) {
      pieces.push(piece)
      bytes += piece.byteLength
      if (bytes >= ANSWER_BYTES_MAX) break
    }
  } catch {
    // ends with what there is
  }
  return Buffer.concat(pieces).subarray(0, ANSWER_BYTES_MAX).toString()
}

const TOO_SLOW = 'The receiver did not answer in time.'

function explain(error: Error, until: AbortSignal): SendProblem {
  if (until.aborted) return new SendProblem(TOO_SLOW)
  const { code = 'no code' } = error as NodeJS.ErrnoException
  return new SendProblem(`The connection failed (${code}).`, { cause: error })
}
