import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { LOOPBACK_TLS } from './loopback-tls.ts'

interface ReceivedRequest {
  method: string
  url: string
  headers: IncomingHttpHeaders
  body: Buffer
}

export interface StubReceiver {
  port: number
  /** Everything that arrived whole. */
  received: ReceivedRequest[]
  /** Answers the requests from now on. */
  answer: (response: ServerResponse, request: ReceivedRequest) => void
  close(): Promise<void>
}

/** A server on the loopback address that answers as the test says. */
export async function startStubReceiver({ tls = false } = {}): Promise<StubReceiver> {
  const listener: RequestListener = (request, response) => {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      const received = { method, url, headers, body: Buffer.concat(pieces) }
      stub.received.push(received)
      stub.answer(response, received)
    })
  }
  const server = tls ? createTlsServer(LOOPBACK_TLS, listener) : createServer(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const stub: StubReceiver = {
    port: (server.address() as AddressInfo).port,
    received: [],
    answer: (response) => response.end(),
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
  return stub
}
