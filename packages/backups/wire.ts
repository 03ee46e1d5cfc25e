/** Reads the stream of messages that a Postgres server sends: a type byte, a length, a body (Protocol 3.0, section 54.7). */
export interface MessageHandlers {
  /** A piece of a message's body, as it arrives. */
  onBody?: (type: string, piece: Buffer) => void
  /** The whole message was seen. */
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
        bodyLeft = header.readUInt32BE(1) - 4 // the length counts itself
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

/** One message with the given type and body. */
export function message(type: string, ...body: Buffer[]): Buffer {
  const bodyBytes = body.reduce((sum, part) => sum + part.length, 0)
  const header = Buffer.alloc(HEADER_BYTES)
  header.write(type, 0, 'latin1')
  header.writeUInt32BE(bodyBytes + 4, 1)
  return Buffer.concat([header, ...body])
}

/** Text as the protocol ends it. */
export function cString(text: string): Buffer {
  return Buffer.from(`${text}\0`, 'utf8')
}
