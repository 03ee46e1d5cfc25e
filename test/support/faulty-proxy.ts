import { once } from 'node:events'
import { type ClientRequest, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

/** What the proxy does with an answer; undefined passes it on. */
export type Fault =
  | { kind: 'refuse' }
  | { kind: 'throttle' }
  /** Ends the connection after so many bytes of the body. */
  | { kind: 'cut'; afterBytes: number }
  /** Sends no more after so many bytes of the body, and keeps the connection. */
  | { kind: 'stall'; afterBytes: number }
  /** Sends so many bytes of the body, and the others once it may. */
  | { kind: 'hold'; afterBytes: number; until: Promise<unknown> }
  /** Waits before each piece of the body. */
  | { kind: 'slow'; pauseMs: number }
  /** The same with the request's body. */
  | { kind: 'slow-request'; pauseMs: number }
  /** Ends the connection after so many bytes of the request's body. */
  | { kind: 'cut-request'; afterBytes: number }
  /** The server handles the request, and the proxy drops its answer. */
  | { kind: 'lose-answer' }
  /** Takes the request and says nothing. */
  | { kind: 'silent' }
  /** Answers in the server's place. */
  | { kind: 'answer'; status: number; body: string }

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
    if (fault?.kind === 'throttle') return answer(incoming, outgoing, 503, SLOW_DOWN)
    if (fault?.kind === 'answer') return answer(incoming, outgoing, fault.status, fault.body)
    if (fault?.kind === 'silent') return void incoming.resume()
    if (fault?.kind === 'cut-request') return cutRequest(incoming, fault.afterBytes)
    const { method, headers, url: path } = incoming
    const passed = request(new URL(path ?? '/', upstream), { method, headers }, (answer) => {
      if (fault?.kind === 'lose-answer') {
        answer.resume().on('end', () => incoming.socket.destroy())
        return
      }
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      pass(answer, outgoing, fault).catch(() => outgoing.destroy())
    })
    passed.on('error', () => outgoing.destroy())
    passRequest(incoming, passed, fault).catch(() => passed.destroy())
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

const SLOW_DOWN = '<Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message></Error>'

function answer(incoming: IncomingMessage, outgoing: ServerResponse, status: number, body: string): void {
  incoming.resume()
  outgoing.writeHead(status, { 'content-type': 'application/xml' })
  outgoing.end(body)
}

function cutRequest(incoming: IncomingMessage, afterBytes: number): void {
  let received = 0
  incoming.on('data', (chunk: Buffer) => {
    received += chunk.length
    if (received >= afterBytes) incoming.destroy()
  })
  incoming.on('end', () => incoming.socket.destroy())
}

async function passRequest(incoming: IncomingMessage, passed: ClientRequest, fault: Fault | undefined): Promise<void> {
  if (fault?.kind !== 'slow-request') return void incoming.pipe(passed)
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    await pause(fault.pauseMs)
    if (!passed.write(chunk)) await once(passed, 'drain')
  }
  passed.end()
}

async function pass(answer: IncomingMessage, outgoing: ServerResponse, fault: Fault | undefined): Promise<void> {
  let sent = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    const left = fault?.kind === 'cut' || fault?.kind === 'stall' ? fault.afterBytes - sent : Infinity
    if (fault?.kind === 'slow') await pause(fault.pauseMs)
    if (fault?.kind === 'hold' && sent + chunk.length > fault.afterBytes) await fault.until
    if (left <= chunk.length) {
      outgoing.write(chunk.subarray(0, left), () => void (fault?.kind === 'cut' && outgoing.destroy()))
      return
    }
    sent += chunk.length
    if (!outgoing.write(chunk)) await once(outgoing, 'drain')
  }
  outgoing.end()
}
