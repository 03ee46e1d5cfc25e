import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

/** What the proxy does with an answer; undefined passes it on. */
export type Fault =
  | { kind: 'refuse' }
  | { kind: 'throttle' }
  /** Ends the connection after so many bytes of the body. */
  | { kind: 'cut'; afterBytes: number }
  /** Waits before each piece of the body. */
  | { kind: 'slow'; pauseMs: number }

export interface FaultyProxy {
  url: string
  /** Called for each request, in their order. */
  faults: (request: IncomingMessage) => Fault | undefined
  requests: number
  close(): Promise<void>
}

/** Stands between a client and an HTTP server, and breaks what it is told to. Signatures stay good: the host is ours. */
export async function startFaultyProxy(upstream: string): Promise<FaultyProxy> {
  const server = createServer((incoming, outgoing) => {
    proxy.requests += 1
    const fault = proxy.faults(incoming)
    if (fault?.kind === 'refuse') return void incoming.destroy()
    if (fault?.kind === 'throttle') return throttle(incoming, outgoing)
    const { method, headers, url: path } = incoming
    const passed = request(new URL(path ?? '/', upstream), { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      pass(answer, outgoing, fault).catch(() => outgoing.destroy())
    })
    passed.on('error', () => outgoing.destroy())
    incoming.pipe(passed)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const proxy: FaultyProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    faults: () => undefined,
    requests: 0,
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return proxy
}

function throttle(incoming: IncomingMessage, outgoing: ServerResponse): void {
  incoming.resume()
  outgoing.writeHead(503, { 'content-type': 'application/xml' })
  outgoing.end('<Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message></Error>')
}

async function pass(answer: IncomingMessage, outgoing: ServerResponse, fault: Fault | undefined): Promise<void> {
  let sent = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    const left = fault?.kind === 'cut' ? fault.afterBytes - sent : Infinity
    if (fault?.kind === 'slow') await pause(fault.pauseMs)
    if (left <= chunk.length) {
      outgoing.write(chunk.subarray(0, left), () => outgoing.destroy())
      return
    }
    sent += chunk.length
    if (!outgoing.write(chunk)) await once(outgoing, 'drain')
  }
  outgoing.end()
}
