/** Forwards a question to another resolver, byte for byte, and returns its answer. */
import { createSocket } from 'node:dgram'
import { connect, isIPv6 } from 'node:net'

interface Question {
  bytes: Buffer
  /** True for a TCP client, which accepts a long answer. */
  viaTcp: boolean
}

interface ForwardOptions {
  /** `address` or `address:port`; IPv6 needs brackets before a port. */
  upstreams: readonly string[]
  /** Limit for all of them together. */
  timeoutMs: number
}

/** Returns null when no resolver answered in time. */
export async function forward({ upstreams, timeoutMs }: ForwardOptions, question: Question): Promise<Buffer | null> {
  const shareMs = timeoutMs / upstreams.length
  for (const upstream of upstreams) {
    const answer = await exchange(upstream, shareMs, question)
    if (answer) return answer
  }
  return null
}

function exchange(upstream: string, timeoutMs: number, { bytes, viaTcp }: Question): Promise<Buffer | null> {
  const target = parseAddress(upstream)
  return viaTcp ? overTcp(target, timeoutMs, bytes) : overUdp(target, timeoutMs, bytes)
}

interface Target {
  host: string
  port: number
}

function parseAddress(upstream: string): Target {
  if (isIPv6(upstream)) return { host: upstream, port: 53 }
  const { host = upstream, port = '53' } = /^\[?(?<host>[^\]]+?)\]?(?::(?<port>\d+))?$/.exec(upstream)?.groups ?? {}
  return { host, port: Number(port) }
}

function overUdp({ host, port }: Target, timeoutMs: number, bytes: Buffer): Promise<Buffer | null> {
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4')
  const { promise, resolve } = Promise.withResolvers<Buffer | null>()
  const timer = setTimeout(resolve, timeoutMs, null).unref()
  socket.unref() // A pending question does not keep a closed server's process alive.
  socket.on('error', () => resolve(null))
  // A connected socket receives only the resolver's datagrams and reports a closed port at once.
  socket.connect(port, host, () => socket.send(bytes))
  socket.on('message', (answer) => {
    if (answer.subarray(0, 2).equals(bytes.subarray(0, 2))) resolve(answer)
  })
  return promise.finally(() => {
    clearTimeout(timer)
    socket.close()
  })
}

function overTcp(target: Target, timeoutMs: number, bytes: Buffer): Promise<Buffer | null> {
  const socket = connect(target)
  const { promise, resolve } = Promise.withResolvers<Buffer | null>()
  const timer = setTimeout(resolve, timeoutMs, null).unref()
  socket.unref()
  let received = Buffer.alloc(0)
  socket.on('error', () => resolve(null))
  socket.on('close', () => resolve(null))
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk])
    const length = received.length < 2 ? Infinity : received.readUInt16BE(0)
    if (received.length >= length + 2) resolve(received.subarray(2, length + 2))
  })
  const length = Buffer.alloc(2)
  length.writeUInt16BE(bytes.length)
  socket.write(Buffer.concat([length, bytes]))
  return promise.finally(() => {
    clearTimeout(timer)
    socket.destroy()
  })
}
