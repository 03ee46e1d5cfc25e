/** Decodes the aws-chunked framing: hexadecimal sizes, data, and trailing headers that carry the checksum. */
import { S3Error } from '#emulators/s3/errors'

const LINE_BYTES_MAX = 16 * 1024
/** S3 refuses smaller chunks except at the end, and so does this server: clients have to buffer. */
const CHUNK_BYTES_MIN = 8 * 1024

/** Yields the data alone; when it ends, `trailers` holds the trailing headers, names in lower case. */
export async function* decodeChunked(
  source: AsyncIterator<Buffer>,
  trailers: Map<string, string>,
): AsyncGenerator<Buffer> {
  const input = new LineInput(source)
  try {
    yield* readChunks(input)
    await readTrailers(input, trailers)
  } finally {
    // Releases the request, so that the rest of it can be read and dropped.
    await source.return?.()
  }
}

async function* readChunks(input: LineInput): AsyncGenerator<Buffer> {
  let previousSize: number | undefined
  for (;;) {
    const size = chunkSize(await input.line())
    if (size === 0) return
    if (previousSize !== undefined && previousSize < CHUNK_BYTES_MIN) throw tooSmall(previousSize)
    previousSize = size
    yield* input.take(size)
    if ((await input.line()) !== '') throw incomplete()
  }
}

async function readTrailers(input: LineInput, trailers: Map<string, string>): Promise<void> {
  for (let line = await input.line(); line; line = await input.line()) {
    const colon = line.indexOf(':')
    if (colon < 1) throw new S3Error('MalformedTrailerError', 'A trailing header has no colon.')
    trailers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim())
  }
}

function chunkSize(line: string | undefined): number {
  if (line === undefined) throw incomplete()
  const digits = /^([0-9a-f]{1,8})$/i.exec(line)?.[1]
  if (digits === undefined) throw new S3Error('InvalidRequest', 'A chunk does not begin with its size.')
  return Number.parseInt(digits, 16)
}

/** Reads lines and counted bytes from one stream of buffers, copying only what spans two of them. */
class LineInput {
  readonly #source: AsyncIterator<Buffer>
  #pending: Buffer = Buffer.alloc(0)

  constructor(source: AsyncIterator<Buffer>) {
    this.#source = source
  }

  /** Returns the next line without its CRLF, or undefined at the end of the stream. */
  async line(): Promise<string | undefined> {
    for (;;) {
      const end = this.#pending.indexOf('\r\n')
      if (end >= 0) {
        const line = this.#pending.toString('latin1', 0, end)
        this.#pending = this.#pending.subarray(end + 2)
        return line
      }
      if (this.#pending.length > LINE_BYTES_MAX) throw new S3Error('InvalidRequest', 'A chunk header is too long.')
      if (!(await this.#more())) return undefined
    }
  }

  async *take(size: number): AsyncGenerator<Buffer> {
    let left = size
    while (left > 0) {
      if (this.#pending.length === 0 && !(await this.#more())) throw incomplete()
      const piece = this.#pending.subarray(0, left)
      this.#pending = this.#pending.subarray(piece.length)
      left -= piece.length
      yield piece
    }
  }

  async #more(): Promise<boolean> {
    const next = await this.#source.next()
    if (next.done) return false
    this.#pending = this.#pending.length === 0 ? next.value : Buffer.concat([this.#pending, next.value])
    return true
  }
}

const incomplete = () => new S3Error('IncompleteBody', 'The request ended in the middle of a chunk.')

const tooSmall = (size: number) =>
  new S3Error(
    'InvalidChunkSizeError',
    `Only the last chunk is allowed to have a size less than ${CHUNK_BYTES_MIN} bytes; one has ${size}.`,
  )
