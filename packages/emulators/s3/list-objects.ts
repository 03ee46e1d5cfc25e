/** ListObjectsV2 and ListObjectVersions. */
import type { S3Context } from '#emulators/s3/context'
import { S3Error } from '#emulators/s3/errors'
import { listPage, type ListQuery } from '#emulators/s3/listing'
import type { Version } from '#emulators/s3/model'
import { readNumber, type S3Request, type S3Response } from '#emulators/s3/request'
import { compareUtf8 } from '#emulators/s3/utf8-order'
import { buildElement, type Markup, buildOptional, buildXmlDocument } from '#emulators/xml'

const KEYS_MAX = 1000
const OWNER = buildElement('Owner', buildElement('ID', 'local'), buildElement('DisplayName', 'local'))

export async function listObjectsV2({ store }: S3Context, request: S3Request): Promise<S3Response> {
  const bucket = store.bucket(request.bucket)
  if (request.query.get('list-type') !== '2') throw new S3Error('NotImplemented', 'list-type must be 2.')
  const token = request.query.get('continuation-token')
  const startAfter = request.query.get('start-after')
  const query = readListQuery(request, token === undefined ? (startAfter ?? '') : readToken(token))
  const live = bucket.sortedKeys().filter((key) => bucket.current(key)?.deleteMarker === false)
  const page = listPage(live, (key) => key, query)
  const name = createNameWriter(request)
  const withOwner = request.query.get('fetch-owner') === 'true'
  const body = buildXmlDocument(
    'ListBucketResult',
    describeQuery(request, query),
    buildOptional('StartAfter', startAfter === undefined ? undefined : name(startAfter)),
    buildOptional('ContinuationToken', token),
    buildElement('KeyCount', page.items.length + page.commonPrefixes.length),
    buildElement('IsTruncated', String(page.next !== undefined)),
    buildOptional('NextContinuationToken', page.next === undefined ? undefined : writeToken(page.next)),
    page.items.map((key) =>
      buildElement(
        'Contents',
        buildElement('Key', name(key)),
        describeBody(bucket.current(key)!),
        withOwner ? OWNER : undefined,
      ),
    ),
    buildCommonPrefixes(page.commonPrefixes, name),
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
  const name = createNameWriter(request)
  const last = page.items.at(-1)
  const body = buildXmlDocument(
    'ListVersionsResult',
    describeQuery(request, query),
    buildElement('KeyMarker', name(keyMarker)),
    buildElement('VersionIdMarker', versionMarker),
    buildElement('IsTruncated', String(page.next !== undefined)),
    page.next !== undefined && buildElement('NextKeyMarker', name(page.next)),
    page.next !== undefined && last?.key === page.next && buildElement('NextVersionIdMarker', last.versionId),
    page.items.map((version) => describeVersion(version, bucket.current(version.key) === version, name)),
    buildCommonPrefixes(page.commonPrefixes, name),
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
    buildElement('Key', name(version.key)),
    buildElement('VersionId', version.versionId),
    buildElement('IsLatest', String(latest)),
  ]
  return version.deleteMarker
    ? buildElement('DeleteMarker', head, buildElement('LastModified', version.lastModified), OWNER)
    : buildElement('Version', head, describeBody(version), OWNER)
}

function describeBody({ lastModified, etag, sizeBytes, checksum }: Version): Markup[] {
  const sum = checksum && [
    buildElement('ChecksumAlgorithm', checksum.algorithm),
    buildElement('ChecksumType', checksum.type),
  ]
  return [
    buildElement('LastModified', lastModified),
    buildElement('ETag', etag),
    ...(sum ?? []),
    buildElement('Size', sizeBytes),
    buildElement('StorageClass', 'STANDARD'),
  ]
}

function readListQuery(request: S3Request, after: string): ListQuery {
  return {
    prefix: request.query.get('prefix') ?? '',
    delimiter: request.query.get('delimiter') ?? '',
    after,
    maxItems: readNumber(request, 'max-keys', KEYS_MAX, KEYS_MAX),
  }
}

function describeQuery(request: S3Request, { prefix, delimiter, maxItems }: ListQuery): (Markup | undefined)[] {
  const name = createNameWriter(request)
  return [
    buildElement('Name', request.bucket),
    buildElement('Prefix', name(prefix)),
    delimiter === '' ? undefined : buildElement('Delimiter', name(delimiter)),
    buildElement('MaxKeys', maxItems),
    buildOptional('EncodingType', request.query.get('encoding-type')),
  ]
}

export function buildCommonPrefixes(prefixes: readonly string[], name: (text: string) => string): Markup[] {
  return prefixes.map((prefix) => buildElement('CommonPrefixes', buildElement('Prefix', name(prefix))))
}

/** Returns names unchanged, or escaped when the client requests it: XML cannot carry every character. */
export function createNameWriter(request: S3Request): (name: string) => string {
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
