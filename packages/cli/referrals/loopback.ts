import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { AppError } from '#platform/errors'

interface Loopback {
  /** Where the browser must return to. */
  redirectUri: string
  /** @throws AppError PARTNER_SIGN_IN_EXPIRED when the person or Microsoft refused, or when the person took longer than `timeoutMs` */
  waitForCode(state: string, timeoutMs: number): Promise<string>
  close(): Promise<void>
}

const HEADERS = { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store', connection: 'close' }

/** Listens on this machine alone for the browser that comes back from the sign-in. @throws AppError PORT_UNAVAILABLE */
export async function openLoopback(port: number): Promise<Loopback> {
  const { promise, resolve } = Promise.withResolvers<URLSearchParams>()
  let expected: string | undefined
  const server = createServer(({ url = '/' }, response) => {
    const given = new URL(url, 'http://localhost').searchParams
    if (expected === undefined || given.get('state') !== expected) {
      response.writeHead(404, HEADERS).end('This page belongs to no sign-in.\n')
      return
    }
    const text = given.has('code') ? 'Signed in.' : 'The sign-in was refused.'
    response.writeHead(200, HEADERS).end(`${text} You can close this page and return to the terminal.\n`)
    resolve(given)
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening').catch((cause: unknown) => {
    throw new AppError('PORT_UNAVAILABLE', `port ${port} cannot be used for the sign-in`, { cause })
  })
  return {
    redirectUri: `http://localhost:${(server.address() as AddressInfo).port}/`,
    waitForCode: async (state, timeoutMs) => {
      expected = state
      const late = AbortSignal.timeout(timeoutMs)
      const given = await Promise.race([promise, once(late, 'abort').then(() => undefined)])
      const code = given?.get('code')
      if (code) return code
      const why = given ? 'the sign-in was refused in the browser' : 'the sign-in took longer than ten minutes'
      throw new AppError('PARTNER_SIGN_IN_EXPIRED', why)
    },
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
