/** Reads a form (multipart/form-data, RFC 7578) as it arrives: the fields before the file, then the file as a stream. */
import { S3Error } from '#emulators/s3/errors'

/** S3's limit on everything before the file. */
const FIELDS_BYTES_MAX = 20 * 1024
const END_OF_HEADERS = Buffer.from('\r\n\r\n')

interface Form {
  /** Names in lower case. */
  fields: ReadonlyMap<string, string>
  file: AsyncIterable<Buffer>
}

/** Ignores what follows the file, as S3 does. @throws S3Error MalformedPOSTRequest, MaxPostPreDataLengthExceeded */
export async function readForm(type: string, body: AsyncIterator<Buffer>): Promise<Form> {
  const [, quoted, plain] = /;\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(type) ?? []
  const boundary = quoted ?? plain
  if (boundary === undefined) throw malformed()
  const delimiter = Buffer.from(`\r\n--${boundary}`)
  const fields = new Map<string, string>()
  let held = Buffer.from('\r\n') // the first delimiter may have no line break before it

  async function take(until: Buffer): Promise<Buffer> {
    for (;;) {
      const at = held.indexOf(until)
      if (at > FIELDS_BYTES_MAX || (at < 0 && held.length > FIELDS_BYTES_MAX)) {
        const message = 'Your POST request fields preceding the upload file were too large.'
        throw new S3Error('MaxPostPreDataLengthExceeded', message)
      }
      if (at >= 0) {
        const taken = held.subarray(0, at)
        held = held.subarray(at + until.length)
        return taken
      }
      held = Buffer.concat([held, await readMore()])
    }
  }

  async function readMore(): Promise<Buffer> {
    const next = await body.next()
    if (next.done) throw malformed()
    return next.value
  }

  async function* streamFile(): AsyncGenerator<Buffer> {
    for (;;) {
      const at = held.indexOf(delimiter)
      const certain = at >= 0 ? at : held.length - delimiter.length + 1
      if (certain > 0) yield held.subarray(0, certain)
      if (at >= 0) return
      held = Buffer.concat([certain > 0 ? held.subarray(certain) : held, await readMore()])
    }
  }

  await take(delimiter)
  let bytes = 0
  for (;;) {
    const headers = (await take(END_OF_HEADERS)).toString('utf8')
    const name = /^content-disposition:[^\r\n]*[;\s]name="([^"]*)"/im.exec(headers)?.[1]?.toLowerCase()
    if (name === undefined) throw malformed()
    if (name === 'file') return { fields, file: streamFile() }
    const value = (await take(delimiter)).toString('utf8')
    bytes += headers.length + value.length
    if (bytes > FIELDS_BYTES_MAX) {
      const message = 'Your POST request fields preceding the upload file were too large.'
      throw new S3Error('MaxPostPreDataLengthExceeded', message)
    }
    fields.set(name, value)
  }
}

function malformed(): S3Error {
  return new S3Error('MalformedPOSTRequest', 'The body of your POST request is not well-formed multipart/form-data.')
}
