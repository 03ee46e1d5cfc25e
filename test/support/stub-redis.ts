/** Servers that are no Redis: one that never answers, one that answers what it is told, and a port without a listener. */
import { once } from 'node:events'
import { type IncomingHttpHeaders, type RequestListener, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface StubServer {
  url: string
  /** The headers of each request so far. */
  requests: IncomingHttpHeaders[]
  close(): Promise<void>
}

export const hanging: RequestListener = () => undefined

export const answering =
  (status: number, body: string): RequestListener =>
  (request, response) => {
    request.resume()
    response.writeHead(status, { 'content-type': 'application/json' }).end(body)
  }

export async function startStub(listener: RequestListener): Promise<StubServer> {
  const requests: IncomingHttpHeaders[] = []
  const server = createServer((request, response) => {
    requests.push(request.headers)
    listener(request, response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

/** A free port may be assigned to another process at any time; this one never is. */
export async function refusingUrl(): Promise<string> {
  return 'http://127.0.0.1:2'
}
