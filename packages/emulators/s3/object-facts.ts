/** Reads and writes the headers around an object's body. */
import type { Bucket } from '#emulators/s3/bucket'
import { S3Error } from '#emulators/s3/errors'
import { computeExpiry } from '#emulators/s3/lifecycle-plan'
import type { ObjectFacts, Version } from '#emulators/s3/model'
import { parseTagHeader } from '#emulators/s3/tags'

/** Headers that a reader may replace in the answer, with `response-content-type` and so on. */
export const OVERRIDABLE = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
]
const METADATA_PREFIX = 'x-amz-meta-'
const METADATA_BYTES_MAX = 2048

export function readFacts(headers: ReadonlyMap<string, string>): ObjectFacts {
  return { ...readMetadata(headers), tags: parseTagHeader(headers.get('x-amz-tagging')) }
}

export function readMetadata(headers: ReadonlyMap<string, string>): Pick<ObjectFacts, 'headers' | 'metadata'> {
  const metadata = Object.fromEntries(
    [...headers]
      .filter(([name]) => name.startsWith(METADATA_PREFIX))
      .map(([name, value]) => [name.slice(METADATA_PREFIX.length), value]),
  )
  const size = Object.entries(metadata).reduce((sum, [name, value]) => sum + name.length + Buffer.byteLength(value), 0)
  if (size > METADATA_BYTES_MAX) {
    throw new S3Error('MetadataTooLarge', 'Your metadata headers exceed the maximum allowed metadata size')
  }
  const kept = OVERRIDABLE.map((name) => [name, keptValue(name, headers.get(name))] as const)
  return { headers: Object.fromEntries(kept.filter(([, value]) => value)) as Record<string, string>, metadata }
}

/** aws-chunked describes the transfer, not the object. */
function keptValue(name: string, value: string | undefined): string | undefined {
  if (name === 'content-type') return value ?? 'binary/octet-stream'
  if (name !== 'content-encoding') return value
  const codings = value?.split(',').map((coding) => coding.trim())
  return codings?.filter((coding) => coding !== 'aws-chunked').join(',')
}

export function writeFacts(version: Version): Record<string, string> {
  const metadata = Object.entries(version.metadata).map(([name, value]) => [METADATA_PREFIX + name, value])
  return {
    ...version.headers,
    ...Object.fromEntries(metadata),
    ...(version.tags.length > 0 ? { 'x-amz-tagging-count': String(version.tags.length) } : {}),
  }
}

/** Omits the headers for buckets that never had versioning. */
export function buildVersionHeaders(bucket: Bucket, version: Version): Record<string, string> {
  return {
    ...(bucket.settings.versioning ? { 'x-amz-version-id': version.versionId } : {}),
    ...(version.deleteMarker ? { 'x-amz-delete-marker': 'true' } : {}),
  }
}

/** Tells when lifecycle rules will remove the current version, and by which rule. */
export function buildExpirationHeaders(bucket: Bucket, version: Version): Record<string, string> {
  const expiry = bucket.current(version.key) === version ? computeExpiry(bucket.rules, version) : undefined
  if (!expiry) return {}
  return {
    'x-amz-expiration': `expiry-date="${expiry.at.toUTCString()}", rule-id="${encodeURIComponent(expiry.rule)}"`,
  }
}

/**
 * Finds the version that a request means, never a delete marker. @throws S3Error NoSuchKey, NoSuchVersion, or
 * MethodNotAllowed for a delete marker requested by its id.
 */
export function findVersion(bucket: Bucket, key: string, versionId: string | undefined): Version {
  const version = versionId === undefined ? bucket.current(key) : bucket.version(key, versionId)
  if (!version && versionId !== undefined) {
    throw new S3Error('NoSuchVersion', 'The specified version does not exist.', {
      fields: { Key: key, VersionId: versionId },
    })
  }
  if (version && !version.deleteMarker) return version
  const headers = version ? buildVersionHeaders(bucket, version) : {}
  if (versionId === undefined) {
    throw new S3Error('NoSuchKey', 'The specified key does not exist.', { headers, fields: { Key: key } })
  }
  throw new S3Error('MethodNotAllowed', 'The specified method is not allowed against this resource.', {
    headers: { ...headers, allow: 'DELETE' },
  })
}
