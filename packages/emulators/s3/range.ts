/** Parses the Range header, for one range: S3 does not answer several. */
import { S3Error } from '#emulators/s3/errors'

export interface ByteRange {
  start: number
  /** Exclusive. */
  end: number
}

/** Returns the requested bytes, or undefined for the whole. A header that is no byte range is ignored (RFC 9110). */
export function readRange(header: string | undefined, sizeBytes: number): ByteRange | undefined {
  if (header?.includes(',')) throw new S3Error('NotImplemented', 'Several ranges in one request are not implemented.')
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '')
  const [, first = '', last = ''] = match ?? []
  if (first === '' && last === '') return undefined
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined
  const start = first === '' ? Math.max(sizeBytes - Number(last), 0) : Number(first)
  const end = first === '' || last === '' ? sizeBytes : Math.min(Number(last) + 1, sizeBytes)
  if (start < end) return { start, end }
  throw new S3Error('InvalidRange', 'The requested range is not satisfiable', {
    headers: { 'content-range': `bytes */${sizeBytes}` },
    fields: { RangeRequested: header!, ActualObjectSize: String(sizeBytes) },
  })
}

/** Parses x-amz-copy-source-range, which needs both ends and must lie within the source. */
export function readCopyRange(header: string | undefined, sizeBytes: number): ByteRange {
  if (header === undefined) return { start: 0, end: sizeBytes }
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(header) ?? []
  const range = { start: Number(first), end: Number(last) + 1 }
  if (first !== undefined && range.start < range.end && range.end <= sizeBytes) return range
  throw new S3Error('InvalidArgument', 'The x-amz-copy-source-range value must be bytes=first-last within the source.')
}
