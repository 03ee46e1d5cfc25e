/** Evaluates If-Match and related headers on reads, copies and writes. */
import type { Bucket } from '#emulators/s3/bucket'
import { S3Error } from '#emulators/s3/errors'
import type { Version } from '#emulators/s3/model'

/** RFC 9110 section 13.2.2: ETags take precedence over dates. */
export function checkRead(headers: ReadonlyMap<string, string>, version: Version): void {
  const verdict = judge(headers, '', version)
  if (verdict === 'failed') throw preconditionFailed()
  if (verdict === 'unchanged') {
    const kept = { etag: version.etag, 'last-modified': new Date(version.lastModified).toUTCString() }
    throw new S3Error('NotModified', 'Not Modified', { headers: kept })
  }
}

export function checkCopySource(headers: ReadonlyMap<string, string>, version: Version): void {
  if (judge(headers, 'x-amz-copy-source-', version) !== 'go') throw preconditionFailed()
}

/** Runs before the body is read and again inside the commit, where no other change can intervene. */
export function checkWrite(headers: ReadonlyMap<string, string>, bucket: Bucket, key: string): void {
  const current = bucket.current(key)
  const exists = current !== undefined && !current.deleteMarker
  const ifNoneMatch = headers.get('if-none-match')
  if (ifNoneMatch !== undefined && ifNoneMatch !== '*') {
    throw new S3Error('NotImplemented', 'If-None-Match takes only * on writes.')
  }
  if (ifNoneMatch === '*' && exists) throw preconditionFailed()
  const ifMatch = headers.get('if-match')
  if (ifMatch === undefined) return
  if (!exists) throw new S3Error('NoSuchKey', 'The specified key does not exist.', { fields: { Key: key } })
  if (!names(ifMatch, current.etag)) throw preconditionFailed()
}

function judge(headers: ReadonlyMap<string, string>, prefix: string, version: Version): 'go' | 'failed' | 'unchanged' {
  const header = (name: string) => headers.get(prefix + name)
  const modified = Math.floor(new Date(version.lastModified).getTime() / 1000) * 1000
  const since = (name: string) => new Date(header(name) ?? '').getTime()
  const ifMatch = header('if-match')
  if (ifMatch !== undefined ? !names(ifMatch, version.etag) : modified > since('if-unmodified-since')) return 'failed'
  const ifNoneMatch = header('if-none-match')
  if (ifNoneMatch !== undefined) return names(ifNoneMatch, version.etag) ? 'unchanged' : 'go'
  return modified <= since('if-modified-since') ? 'unchanged' : 'go'
}

function names(list: string, etag: string): boolean {
  const bare = (text: string) => text.trim().replaceAll('"', '')
  return list.trim() === '*' || list.split(',').some((entry) => bare(entry) === bare(etag))
}

const preconditionFailed = () =>
  new S3Error('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold')
