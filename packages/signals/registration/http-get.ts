/** GET for registries: pinned addresses, HTTPS only, few redirects, a bound on the body. */
import type { IncomingMessage } from 'node:http'
import type { request as requestHttps } from 'node:https'
import { type Network, pinAddresses, type Endpoint, resolveReachable } from '#signals/registration/network'
import { RegistryProblem } from '#signals/registration/problem'
import { withDeadline } from '#signals/registration/with-deadline'

export interface HttpQuestion {
  url: string
  headers?: Record<string, string>
  /** Limit of the whole request, redirects included. */
  timeoutMs: number
  bytesMax: number
  until: AbortSignal
}

export interface HttpAnswer {
  status: number
  /** Names in lower case. */
  headers: Record<string, string | undefined>
  body: Buffer
}

/** @throws RegistryProblem */
export type HttpGet = (question: HttpQuestion) => Promise<HttpAnswer>

interface HttpGetOptions {
  network: Network
  connectTimeoutMs: number
  /** Certificate authorities that it trusts besides the usual ones. */
  ca?: string
}

const REDIRECTS_MAX = 3

export function createHttpGet(options: HttpGetOptions): HttpGet {
  return (question) =>
    withDeadline(question, async (until) => {
      let url = new URL(question.url)
      for (let redirects = 0; redirects <= REDIRECTS_MAX; redirects += 1) {
        const answer = await getOnce(options, { ...question, until }, url)
        const { location } = answer.headers
        if (answer.status < 300 || answer.status > 399 || answer.status === 304 || !location) return answer
        url = resolveRedirect(location, url)
      }
      throw new RegistryProblem('UNREADABLE', `more than ${REDIRECTS_MAX} redirects`)
    })
}

function resolveRedirect(location: string, from: URL): URL {
  const url = URL.parse(location, from.href)
  if (!url) throw new RegistryProblem('UNREADABLE', 'a redirect without a valid URL')
  return url
}

async function getOnce(
  { network, connectTimeoutMs, ca }: HttpGetOptions,
  { headers, bytesMax, until }: HttpQuestion,
  url: URL,
): Promise<HttpAnswer> {
  const place = readEndpoint(url)
  const isPlain = url.protocol === 'http:' && network.isTrusted(place)
  if (url.protocol !== 'https:' && !isPlain) throw new RegistryProblem('REFUSED', 'not an https URL')
  const lookup = pinAddresses(await resolveReachable(network, place, until))
  // Loaded on use: importing node:http costs each cold start 20 ms, since it loads all of fetch.
  const { request } = process.getBuiltinModule(isPlain ? 'node:http' : 'node:https')
  const response = await open(request, url, {
    lookup,
    signal: until,
    connectTimeoutMs,
    ca,
    headers: { 'user-agent': 'hunter', 'accept-encoding': 'identity', ...headers },
  })
  const body = await readBody(response, bytesMax)
  return { status: response.statusCode ?? 0, headers: joinHeaders(response), body }
}

function readEndpoint({ hostname, port, protocol }: URL): Endpoint {
  const usual = protocol === 'https:' ? 443 : 80
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port ? Number(port) : usual }
}

interface OpenOptions {
  lookup: ReturnType<typeof pinAddresses>
  signal: AbortSignal
  connectTimeoutMs: number
  ca: string | undefined
  headers: Record<string, string>
}

/** Opens a new connection for each request, because a function may sleep for hours between two. */
function open(
  request: typeof requestHttps,
  url: URL,
  { connectTimeoutMs, ca, ...options }: OpenOptions,
): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const sent = request(url, { ...options, agent: false, ...(ca && { ca }) })
  const unconnected = setTimeout(() => {
    sent.destroy(new RegistryProblem('UNREACHABLE', `${url.host} does not accept the connection`))
  }, connectTimeoutMs)
  const connected = () => clearTimeout(unconnected)
  sent.on('socket', (socket) => socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', connected))
  sent.on('close', connected)
  sent.on('response', resolve)
  sent.on('error', (error: Error) => reject(toProblem(error)))
  sent.end()
  return promise
}

async function readBody(response: IncomingMessage, bytesMax: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (bytes > bytesMax) throw new RegistryProblem('UNREADABLE', `more than ${bytesMax} bytes`)
      chunks.push(chunk)
    }
  } catch (error) {
    throw toProblem(error)
  }
  return Buffer.concat(chunks)
}

function toProblem(error: unknown): RegistryProblem {
  if (error instanceof RegistryProblem) return error
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const rcode = code.startsWith('HPE_') ? 'UNREADABLE' : 'UNREACHABLE'
  return new RegistryProblem(rcode, `the request failed: ${code}`, { cause: error })
}

function joinHeaders({ headers }: IncomingMessage): HttpAnswer['headers'] {
  const entries = Object.entries(headers)
  return Object.fromEntries(entries.map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]))
}
