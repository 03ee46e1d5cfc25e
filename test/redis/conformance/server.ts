/** The server that a suite asks, and the ways to ask it. */
import { Redis, type RedisConfigNodejs } from '@upstash/redis'
import { afterAll, afterEach, beforeAll, vi } from 'vitest'

export interface Endpoint {
  url: string
  token: string
  /** Lets time go by for the server's expiry. */
  pass(ms: number): Promise<void>
  close(): Promise<void>
}

export interface Server {
  endpoint: () => Endpoint
  clientOf: (options?: Partial<RedisConfigNodejs>) => Redis
  /** Texts as they are, instead of parsed as JSON where they can be. */
  plainClient: () => Redis
  post: (path: string, body: unknown, token?: string) => Promise<{ status: number; body: unknown }>
}

/** Opened before the tests of the suite that calls this, closed after them. */
export function serverOf(open: () => Promise<Endpoint>): Server {
  let endpoint: Endpoint
  const clientOf = (options: Partial<RedisConfigNodejs> = {}) =>
    new Redis({
      url: endpoint.url,
      token: endpoint.token,
      retry: { retries: 0 },
      enableTelemetry: false,
      enableAutoPipelining: false,
      ...options,
    })
  beforeAll(async () => {
    endpoint = await open()
  })
  afterAll(() => endpoint.close())
  afterEach(() => {
    vi.useRealTimers()
    vi.restoreAllMocks()
  })
  return {
    endpoint: () => endpoint,
    clientOf,
    plainClient: () => clientOf({ automaticDeserialization: false }),
    async post(path, body, token = endpoint.token) {
      const headers = { authorization: `Bearer ${token}` }
      const response = await fetch(endpoint.url + path, { method: 'POST', headers, body: JSON.stringify(body) })
      return { status: response.status, body: await response.json() }
    },
  }
}
