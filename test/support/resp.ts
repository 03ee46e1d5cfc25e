/** A small Redis client over RESP 2: pipelined commands and their replies in order, as our own `Reply` values. */
import { connect, type Socket } from 'node:net'
import { once } from 'node:events'
import type { Reply } from '#emulators/redis/reply'

export interface RespClient {
  send(commands: string[][]): Promise<Reply[]>
  close(): void
}

interface Waiting {
  wanted: number
  replies: Reply[]
  resolve(replies: Reply[]): void
  reject(error: Error): void
}

export async function connectResp(socketPath: string): Promise<RespClient> {
  const socket: Socket = connect(socketPath)
  await once(socket, 'connect')
  const queue: Waiting[] = []
  let buffer = Buffer.alloc(0)
  socket.on('data', (chunk) => {
    buffer = Buffer.concat([buffer, chunk])
    for (let parsed = readReply(buffer, 0); parsed; parsed = readReply(buffer, 0)) {
      buffer = buffer.subarray(parsed.end)
      deliver(queue, parsed.reply)
    }
  })
  socket.on('error', (error) => queue.splice(0).forEach((waiting) => waiting.reject(error)))
  return {
    send(commands) {
      if (commands.length === 0) return Promise.resolve([])
      return new Promise((resolve, reject) => {
        queue.push({ wanted: commands.length, replies: [], resolve, reject })
        socket.write(commands.map(encodeCommand).join(''))
      })
    },
    close: () => socket.destroy(),
  }
}

function encodeCommand(words: string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`
}

function deliver(queue: Waiting[], reply: Reply): void {
  const first = queue[0]
  if (!first) throw new Error('Redis sent a reply without a request')
  first.replies.push(reply)
  if (first.replies.length < first.wanted) return
  queue.shift()
  first.resolve(first.replies)
}

interface Parsed {
  reply: Reply
  /** Where the next reply starts. */
  end: number
}

/** `undefined` while the reply is not complete. */
function readReply(buffer: Buffer, start: number): Parsed | undefined {
  const lineEnd = buffer.indexOf('\r\n', start)
  if (lineEnd === -1) return undefined
  const line = buffer.toString('utf8', start + 1, lineEnd)
  const next = lineEnd + 2
  switch (String.fromCharCode(buffer[start] ?? 0)) {
    case '+':
      return { reply: { status: line }, end: next }
    case '-':
      return { reply: { error: line }, end: next }
    case ':':
      return { reply: Number(line), end: next }
    case '$':
      return readBulk(buffer, next, Number(line))
    case '*':
      return readArray(buffer, next, Number(line))
    default:
      throw new Error(`Redis sent a reply of an unknown type: ${line}`)
  }
}

function readBulk(buffer: Buffer, start: number, sizeBytes: number): Parsed | undefined {
  if (sizeBytes === -1) return { reply: null, end: start }
  const end = start + sizeBytes + 2
  return buffer.length < end ? undefined : { reply: buffer.toString('utf8', start, end - 2), end }
}

function readArray(buffer: Buffer, start: number, count: number): Parsed | undefined {
  if (count === -1) return { reply: null, end: start }
  const items: Reply[] = []
  let end = start
  while (items.length < count) {
    const item = readReply(buffer, end)
    if (!item) return undefined
    items.push(item.reply)
    end = item.end
  }
  return { reply: items, end }
}
