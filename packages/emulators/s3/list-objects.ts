/** ListObjectsV2 and ListObjectVersions. */
import type { S3Context } from '#emulators/s3/context'
import { S3Error } from '#emulators/s3/errors'
import { listPage, type ListQuery } from '#emulators/s3/listing'
import type { Version } from '#emulators/s3/model'
import { numberFrom, type S3Request, type S3Response } from '#emulators/s3/request'
import { compareUtf8 } from '#emulators/s3/utf8-order'
import { element, type Markup, optional, xmlDocument } from '#emulators/xml'

const KEYS_MAX = 1000
const OWNER = element('Owner', element('ID', 'local'), element('DisplayName', 'local'))

export async function listObjectsV2({ store }: S3Context, request: S3Request): Promise<S3Response> {
  const bucket = store.bucket(request.bucket)
  if (request.query.get('list-type') !== '2') throw new S3Error('NotImplemented', 'list-type must be 2.')
  const token = request.query.get('continuation-token')
  const startAfter = request.query.get('start-after')
  const query = readListQuery(request, token === undefined ? (startAfter ?? '') : readToken(token))
  const live = bucket.sortedKeys().filter((key) => bucket.current(key)?.deleteMarker === false)
  const page = listPage(live, (key) => key, query)
  const name = nameWriter(request)
  const withOwner = request.query.get('fetch-owner') === 'true'
  const body = xmlDocument(
    'ListBucketResult',
    describeQuery(request, query),
    optional('StartAfter', startAfter === undefined ? undefined : name(startAfter)),
    optional('ContinuationToken', token),
    element('KeyCount', page.items.length + page.commonPrefixes.length),
    element('IsTruncated', String(page.next !== undefined)),
    optional('NextContinuationToken', page.next === undefined ? undefined : writeToken(page.next)),
    page.items.map((key) =>
      element('Contents', element('Key', name(key)), describeBody(bucket.current(key)!), withOwner ? OWNER : undefined),
    ),
    commonPrefixes(page.commonPrefixes, name),
  )
  return { status: 200, body }
}

export async function listObjectVersions({ store }: S3Context, request: S3Request): Promise<S3Response> {
  const bucket = store.bucket(request.bucket)
  const query = readListQuery(request, '')
  const keyMarker = request.query.get('key-marker') ?? ''
  const versionMarker = request.query.get('version-id-marker') ?? ''
  if (versionMarker !== '' && keyMarker === '') {
    throw new S3Error('InvalidArgument', 'A version-id marker cannot be specified without a key marker.')
  }
  const all = bucket.sortedKeys().flatMap((key) => bucket.versionsOf(key))
  const from = versionMarker === '' ? 0 : startAt(all, keyMarker, versionMarker)
  const page = listPage(all.slice(from), (version) => version.key, { ...query, after: versionMarker ? '' : keyMarker })
  const name = nameWriter(request)
  const last = page.items.at(-1)
  const body = xmlDocument(
    'ListVersionsResult',
    describeQuery(request, query),
    element('KeyMarker', name(keyMarker)),
    element('VersionIdMarker', versionMarker),
    element('IsTruncated', String(page.next !== undefined)),
    page.next !== undefined && element('NextKeyMarker', name(page.next)),
    page.next !== undefined && last?.key === page.next && element('NextVersionIdMarker', last.versionId),
    page.items.map((version) => describeVersion(version, bucket.current(version.key) === version, name)),
    commonPrefixes(page.commonPrefixes, name),
  )
  return { status: 200, body }
}

/**
 * Starts right after the version that the markers name. When that version has been erased meanwhile (by a client that
 * erases page after page), starts with the rest of its key, so that no version is skipped.
 */
function startAt(all: readonly Version[], key: string, versionId: string): number {
  const exact = all.findIndex((version) => version.key === key && version.versionId === versionId)
  if (exact >= 0) return exact + 1
  const rest = all.findIndex((version) => compareUtf8(version.key, key) >= 0)
  return rest < 0 ? all.length : rest
}

function describeVersion(version: Version, latest: boolean, name: (text: string) => string): Markup {
  const head = [
    element('Key', name(version.key)),
    element('VersionId', version.versionId),
    element('IsLatest', String(latest)),
  ]
  return version.deleteMarker
    ? element('DeleteMarker', head, element('LastModified', version.lastModified), OWNER)
    : element('Version', head, describeBody(version), OWNER)
}

function describeBody({ lastModified, etag, sizeBytes, checksum }: Version): Markup[] {
  const sum = checksum && [element('ChecksumAlgorithm', checksum.algorithm), element('ChecksumType', checksum.type)]
  return [
    element('LastModified', lastModified),
    element('ETag', etag),
    ...(sum ?? []),
    element('Size', sizeBytes),
    element('StorageClass', 'STANDARD'),
  ]
}

export function readListQuery(request: S3Request, after: string): ListQuery {
  return {
    prefix: request.query.get('prefix') ?? '',
    delimiter: request.query.get('delimiter') ?? '',
    after,
    maxItems: numberFrom(request, 'max-keys', KEYS_MAX, KEYS_MAX),
  }
}

function describeQuery(request: S3Request, { prefix, delimiter, maxItems }: ListQuery): (Markup | undefined)[] {
  const name = nameWriter(request)
  return [
    element('Name', request.bucket),
    element('Prefix', name(prefix)),
    delimiter === '' ? undefined : element('Delimiter', name(delimiter)),
    element('MaxKeys', maxItems),
    optional('EncodingType', request.query.get('encoding-type')),
  ]
}

export function commonPrefixes(prefixes: readonly string[], name: (text: string) => string): Markup[] {
  return prefixes.map((prefix) => element('CommonPrefixes', element('Prefix', name(prefix))))
}

/** Returns names unchanged, or escaped when the client requests it: XML cannot carry every character. */
export function nameWriter(request: S3Request): (name: string) => string {
  const encoding = request.query.get('encoding-type')
  if (encoding === undefined) return (name) => name
  if (encoding !== 'url') throw new S3Error('InvalidArgument', 'Invalid Encoding Method specified in Request')
  return (name) => encodeURIComponent(name).replaceAll('%2F', '/')
}

const writeToken = (name: string) => Buffer.from(name).toString('base64url')

function readToken(token: string): string {
  const name = Buffer.from(token, 'base64url').toString('utf8')
  if (token !== '' && writeToken(name) === token) return name
  throw new S3Error('InvalidArgument', 'The continuation token provided is incorrect')
}
