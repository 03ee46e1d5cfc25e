import { AppError } from '#platform/errors'

/** Reads the messages of a Postgres server: a type byte, a length, a body (Protocol 3.0, section 54.7). */
interface MessageHandlers {
  /** Receives a piece of a message's body as it arrives. */
  onBody?: (type: string, piece: Buffer) => void
  /** Called at the end of a message. */
  onEnd?: (type: string) => void
}

const HEADER_BYTES = 5

/** Takes chunks that begin and end anywhere. */
export function createMessageReader({ onBody, onEnd }: MessageHandlers): (chunk: Buffer) => void {
  const header = Buffer.alloc(HEADER_BYTES)
  let headerFilled = 0
  let bodyLeft = 0

  return (chunk) => {
    let at = 0
    while (at < chunk.length) {
      if (headerFilled < HEADER_BYTES) {
        const copied = chunk.copy(header, headerFilled, at, at + HEADER_BYTES - headerFilled)
        headerFilled += copied
        at += copied
        if (headerFilled < HEADER_BYTES) return
        bodyLeft = readBodyLength(header, 1)
      }
      const piece = chunk.subarray(at, at + bodyLeft)
      at += piece.length
      bodyLeft -= piece.length
      const type = String.fromCharCode(header[0] as number)
      if (piece.length > 0) onBody?.(type, piece)
      if (bodyLeft > 0) return
      headerFilled = 0
      onEnd?.(type)
    }
  }
}

const LENGTH_BYTES = 4
/** Longest possible message: Postgres allocates it in one piece of less than a GiB. */
const MESSAGE_BYTES_MAX = 2 ** 30

/**
 * Reads the length, which precedes the body and includes itself. @throws AppError DATABASE_UNAVAILABLE when it is
 * impossible
 */
export function readBodyLength(header: Buffer, at: number): number {
  const length = header.readUInt32BE(at)
  if (length >= LENGTH_BYTES && length <= MESSAGE_BYTES_MAX) return length - LENGTH_BYTES
  throw new AppError('DATABASE_UNAVAILABLE', `the server broke its protocol: a message of ${length} bytes`)
}

/**
 * Assembles a client's messages from pieces that begin and end anywhere. The returned function takes a piece and
 * returns the messages that it completes. Only the start-up message, the first one, has no type.
 */
export function createRequestReader(): (piece: Buffer) => Buffer[] {
  let held: Buffer[] = []
  let heldBytes = 0
  let wanted = 0

  /** Returns the length of the message at `at` with its header; the header's length while the header is incomplete. */
  function bytesWanted(bytes: Buffer, at: number): number {
    const lengthAt = bytes[at] === 0 ? 0 : 1
    const known = lengthAt + LENGTH_BYTES
    return bytes.length - at < known ? known : known + readBodyLength(bytes, at + lengthAt)
  }

  return (piece) => {
    held.push(piece)
    heldBytes += piece.length
    if (heldBytes < wanted) return []
    const bytes = Buffer.concat(held)
    const whole: Buffer[] = []
    let at = 0
    for (wanted = bytesWanted(bytes, at); bytes.length - at >= wanted; wanted = bytesWanted(bytes, at)) {
      whole.push(bytes.subarray(at, at + wanted))
      at += wanted
    }
    held = [bytes.subarray(at)]
    heldBytes = bytes.length - at
    return whole
  }
}

/** Builds a message of the given type and body. */
export function buildMessage(type: string, ...body: Buffer[]): Buffer {
  const bodyBytes = body.reduce((sum, part) => sum + part.length, 0)
  const header = Buffer.alloc(HEADER_BYTES)
  header.write(type, 0, 'latin1')
  header.writeUInt32BE(bodyBytes + 4, 1)
  return Buffer.concat([header, ...body])
}

/** Encodes text with the protocol's terminating zero byte. */
export function encodeCString(text: string): Buffer {
  return Buffer.from(`${text}\0`, 'utf8')
}
