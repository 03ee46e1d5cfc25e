import type { Socket } from 'node:net'
import type { Client } from 'pg'
import { getRawConnection } from '#backups/postgres/raw-connection'
import { ReadingSocket } from '#backups/postgres/reading-socket'
import { parseServerError } from '#backups/postgres/server-error'
import { readBodyLength } from '#backups/postgres/wire-protocol'

/** Message types during a COPY (Protocol 3.0, section 54.7). */
const COPY_DATA = 0x64
const ERROR = 0x45
const READY = 0x5a

const HEADER_BYTES = 5
/** More than a stream buffers: a consumer has finished with a full chunk when it requests the next one. */
const CHUNK_BYTES = 256 * 1024

/**
 * Yields the rows of a `COPY … TO STDOUT`, in chunks that may end inside a row. It reads the connection's socket
 * directly: the server sends a message for each row, and an event for each message would take longer than everything
 * else. A chunk is valid until the next one is requested, because its memory is reused to spare the garbage collector.
 * A consumer that stops early loses the connection.
 */
export async function* copyRows(client: Client, sql: string): AsyncGenerator<Buffer> {
  const connection = getRawConnection(client)
  const { stream } = connection
  const listeners = stream.listeners('data') as ((chunk: Buffer) => void)[]
  stream.removeAllListeners('data')
  lendReads(stream, true)
  const parser = createCopyParser()
  const memory = Buffer.allocUnsafeSlow(CHUNK_BYTES)
  let filled = 0
  let isReady = false
  try {
    connection.query(sql)
    for await (const chunk of chunksOf(stream)) {
      const rows = parser.rowsIn(chunk)
      isReady = parser.isReady()
      for (let taken = 0; taken < rows.length;) {
        if (filled === memory.length) {
          yield memory
          filled = 0
        }
        const copied = rows.copy(memory, filled, taken)
        taken += copied
        filled += copied
      }
      if (isReady) break
    }
    if (filled > 0) yield memory.subarray(0, filled)
    const failure = parser.failure()
    if (failure) throw failure
  } finally {
    if (!isReady) stream.destroy()
    lendReads(stream, false)
    for (const listener of listeners) stream.on('data', listener)
  }
}

function lendReads(stream: Socket, lendsReads: boolean): void {
  if (stream instanceof ReadingSocket) stream.lendsReads = lendsReads
}

/** Reads nothing ahead while the consumer is busy, so the server waits. */
async function* chunksOf(stream: Socket): AsyncGenerator<Buffer> {
  const arrived: Buffer[] = []
  let failure: Error | undefined
  let wake = () => {}
  const onData = (chunk: Buffer) => {
    stream.pause()
    arrived.push(chunk)
    wake()
  }
  const onError = (error: Error) => {
    failure ??= error
    wake()
  }
  const onClose = () => onError(new Error('the server closed the connection'))
  stream.on('data', onData).on('error', onError).on('close', onClose)
  if (stream.destroyed) onClose()
  try {
    for (;;) {
      const chunk = arrived.shift()
      if (chunk) yield chunk
      else if (failure) throw failure
      else {
        const arrival = new Promise<void>((resolve) => (wake = resolve))
        stream.resume()
        await arrival
      }
    }
  } finally {
    stream.off('data', onData).off('error', onError).off('close', onClose)
    stream.resume()
  }
}

/** Takes chunks that begin and end anywhere, and compacts the rows of each chunk in place. */
function createCopyParser() {
  const header = Buffer.alloc(HEADER_BYTES)
  let headerFilled = 0
  let type = 0
  let bodyLeft = 0
  let complaint: Buffer[] = []
  let failure: Error | undefined
  let isReady = false

  function endMessage(): void {
    if (type === ERROR) failure ??= parseServerError(Buffer.concat(complaint))
    if (type === READY) isReady = true
    complaint = []
  }

  /** Reads a header, which may arrive in two pieces. Returns the end of its piece. */
  function readHeader(chunk: Buffer, at: number): number {
    const copied = chunk.copy(header, headerFilled, at, at + HEADER_BYTES - headerFilled)
    headerFilled += copied
    if (headerFilled === HEADER_BYTES) {
      headerFilled = 0
      type = header[0] as number
      bodyLeft = readBodyLength(header, 1)
      if (bodyLeft === 0) endMessage()
    }
    return at + copied
  }

  /** Most messages are rows with complete headers: this path calls only `copyWithin`. */
  function rowsIn(chunk: Buffer): Buffer {
    let at = 0
    let filled = 0
    while (at < chunk.length) {
      if (bodyLeft === 0) {
        if (headerFilled === 0 && chunk[at] === COPY_DATA && chunk.length - at >= HEADER_BYTES) {
          type = COPY_DATA
          bodyLeft = readBodyLength(chunk, at + 1)
          at += HEADER_BYTES
          continue
        }
        at = readHeader(chunk, at)
        continue
      }
      const end = Math.min(at + bodyLeft, chunk.length)
      if (type === COPY_DATA) {
        chunk.copyWithin(filled, at, end)
        filled += end - at
      } else complaint.push(Buffer.from(chunk.subarray(at, end)))
      bodyLeft -= end - at
      at = end
      if (bodyLeft === 0 && type !== COPY_DATA) endMessage()
    }
    return chunk.subarray(0, filled)
  }

  return { rowsIn, isReady: () => isReady, failure: () => failure }
}
