/** A parsed request: bucket and key decoded, query and headers as maps, the body unread. */
import type { IncomingMessage } from 'node:http'
import { S3Error } from '#emulators/s3/errors'

export interface S3Request {
  method: string
  /** Empty for requests about the whole account. */
  bucket: string
  /** Empty for requests about a bucket. */
  key: string
  query: ReadonlyMap<string, string>
  /** Names in lower case. */
  headers: ReadonlyMap<string, string>
  /** Iterated by hand: a broken `for await` would close the socket before the error is sent. */
  body: () => AsyncIterator<Buffer>
}

export interface S3Response {
  status: number
  headers?: Record<string, string | number | undefined>
  body?: string | HeldBytes
}

/** Bytes on disk that stay until `tryRelease`, which is called once they are sent, or sending failed. */
export interface HeldBytes {
  chunks: AsyncIterable<Buffer>
  release: () => void
}

const KEY_BYTES_MAX = 1024

/**
 * Accepts path style only: `/bucket/key`. It keeps the path unnormalised, since "..", "//" and "." are ordinary parts
 * of a key.
 */
export function readRequest(message: IncomingMessage): S3Request {
  const url = message.url ?? '/'
  const mark = url.indexOf('?')
  const path = mark < 0 ? url : url.slice(0, mark)
  const slash = path.indexOf('/', 1)
  const key = slash < 0 ? '' : decodePart(path.slice(slash + 1))
  if (Buffer.byteLength(key) > KEY_BYTES_MAX) throw new S3Error('KeyTooLongError', 'Your key is too long')
  return {
    method: message.method ?? 'GET',
    bucket: decodePart(slash < 0 ? path.slice(1) : path.slice(1, slash)),
    key,
    query: readQuery(mark < 0 ? '' : url.slice(mark + 1)),
    headers: new Map(Object.entries(message.headersDistinct).map(([name, values]) => [name, values!.join(', ')])),
    body: () => message.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>,
  }
}

/** Parameters of a presigned URL's signature, which are no part of the operation. */
const SIGNED = /^X-Amz-(?:Algorithm|Credential|Date|Expires|Security-Token|SignedHeaders|Signature)=/

function readQuery(text: string): Map<string, string> {
  const pairs = text.split('&').filter((pair) => pair !== '' && !SIGNED.test(pair))
  return new Map(
    pairs.map((pair) => {
      const [name = '', ...value] = pair.split('=')
      return [decodePart(name), decodePart(value.join('='))]
    }),
  )
}

/** Decodes one part of a path or a query. @throws S3Error InvalidURI */
export function decodePart(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new S3Error('InvalidURI', "Couldn't parse the specified URI.")
  }
}

/** Reads a whole number from the query. @throws S3Error InvalidArgument */
export function readNumber(request: S3Request, name: string, fallback: number, maximum: number): number {
  const text = request.query.get(name)
  if (text === undefined || text === '') return fallback
  if (!/^\d{1,9}$/.test(text)) {
    throw new S3Error('InvalidArgument', `Provided ${name} not an integer or within integer range`)
  }
  return Math.min(Number(text), maximum)
}
