/**
 * Asks a name server one question for its response code alone. Node's resolver reads every code above 5 as an answer
 * without records, so a refusal such as NOTAUTH would prove that a record is missing.
 */
import { randomInt } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { isIPv6 } from 'node:net'

interface CodeQuestion {
  /** `address` or `address:port`, an IPv6 address with a port in brackets. */
  server: string
  /** ASCII. */
  name: string
  /** RFC 1035 section 3.2.2 and its successors: 1 is A. */
  type: number
  timeoutMs: number
  until: AbortSignal
}

const HEADER_BYTES = 12
const PORT = 53

/** Returns the code, 0 to 15 (RFC 6895 section 2.3), or null without an answer. Never throws. */
export async function askResponseCode(question: CodeQuestion): Promise<number | null> {
  const { server, timeoutMs, until } = question
  if (until.aborted) return null
  const { host, port } = parseServer(server)
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4')
  const packet = encodeQuestion(question)
  const { promise, resolve } = Promise.withResolvers<number | null>()
  const giveUp = () => resolve(null)
  const send = () => socket.send(packet, (error) => error && giveUp())
  const timer = setTimeout(giveUp, timeoutMs)
  const again = setTimeout(send, timeoutMs / 2) // a datagram may be lost
  until.addEventListener('abort', giveUp)
  socket.on('error', giveUp)
  socket.on('message', (answer) => {
    if (isAnswer(answer, packet)) resolve((answer[3] ?? 0) & 0x0f)
  })
  try {
    socket.connect(port, host, send) // the system drops datagrams from other addresses
    return await promise
  } finally {
    clearTimeout(timer)
    clearTimeout(again)
    until.removeEventListener('abort', giveUp)
    socket.close()
  }
}

function parseServer(server: string): { host: string; port: number } {
  if (isIPv6(server)) return { host: server, port: PORT }
  const [, bracketed, plain = '', port] = /^(?:\[(.+)\]|([^:]+))(?::(\d+))?$/.exec(server) ?? []
  return { host: bracketed ?? plain, port: port === undefined ? PORT : Number(port) }
}

/** RFC 1035 section 4.1: recursion desired, one question of class IN. */
function encodeQuestion({ name, type }: Pick<CodeQuestion, 'name' | 'type'>): Buffer {
  const header = Buffer.alloc(HEADER_BYTES)
  header.writeUInt16BE(randomInt(0x1_0000), 0)
  header.writeUInt16BE(0x0100, 2)
  header.writeUInt16BE(1, 4)
  const labels = name
    .split('.')
    .map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label, 'latin1')]))
  return Buffer.concat([header, ...labels, Buffer.from([0, type >> 8, type & 0xff, 0, 1])])
}

function isAnswer(answer: Buffer, question: Buffer): boolean {
  const isReply = answer.length >= HEADER_BYTES && ((answer[2] ?? 0) & 0x80) !== 0
  return isReply && answer.subarray(0, 2).equals(question.subarray(0, 2))
}
