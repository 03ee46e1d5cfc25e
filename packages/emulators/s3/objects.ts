/** Single-request operations on objects: put, get, head, delete. */
import type { Bucket, Draft } from '#emulators/s3/bucket'
import { buildChecksumHeaders } from '#emulators/s3/checksums'
import { checkRead, checkWrite } from '#emulators/s3/conditions'
import type { S3Context } from '#emulators/s3/context'
import { S3Error } from '#emulators/s3/errors'
import {
  buildExpirationHeaders,
  findVersion,
  OVERRIDABLE,
  readFacts,
  buildVersionHeaders,
  writeFacts,
} from '#emulators/s3/object-facts'
import type { Version } from '#emulators/s3/model'
import { receiveBody } from '#emulators/s3/payload'
import { readRange } from '#emulators/s3/range'
import type { S3Request, S3Response } from '#emulators/s3/request'

export async function putObject({ store, clock }: S3Context, request: S3Request): Promise<S3Response> {
  const bucket = store.bucket(request.bucket)
  const facts = readFacts(request.headers)
  checkWrite(request.headers, bucket, request.key)
  const { segment, md5, checksum } = await receiveBody(bucket.bodies, request)
  const version = await commitDraft(bucket, request, {
    ...facts,
    key: request.key,
    lastModified: clock.now().toISOString(),
    deleteMarker: false,
    etag: `"${md5.toString('hex')}"`,
    sizeBytes: segment.sizeBytes,
    segments: [segment],
    ...(checksum ? { checksum } : {}),
  })
  return { status: 200, headers: buildWrittenHeaders(bucket, version) }
}

/**
 * Commits if the request's conditions still hold; otherwise removes the new bodies. After a disk failure the bodies
 * stay, since the commit may have reached the disk; the next start removes unreferenced ones.
 */
export async function commitDraft(bucket: Bucket, request: S3Request, draft: Draft): Promise<Version> {
  try {
    return await bucket.exclusively(() => {
      checkWrite(request.headers, bucket, draft.key)
      return bucket.commit(draft)
    })
  } catch (error) {
    if (error instanceof S3Error) await bucket.bodies.remove(draft.segments)
    throw error
  }
}

function buildWrittenHeaders(bucket: Bucket, version: Version): Record<string, string> {
  return {
    etag: version.etag,
    ...buildVersionHeaders(bucket, version),
    ...buildChecksumHeaders(version.checksum),
    ...buildExpirationHeaders(bucket, version),
  }
}

export async function getObject({ store }: S3Context, request: S3Request): Promise<S3Response> {
  const bucket = store.bucket(request.bucket)
  const version = findVersion(bucket, request.key, request.query.get('versionId'))
  checkRead(request.headers, version)
  const range = readRange(request.headers.get('range'), version.sizeBytes)
  const { start, end } = range ?? { start: 0, end: version.sizeBytes }
  // A checksum covers the whole object, so a range has none.
  const wantsChecksum = !range && request.headers.get('x-amz-checksum-mode')?.toUpperCase() === 'ENABLED'
  return {
    status: range ? 206 : 200,
    headers: {
      ...writeFacts(version),
      ...readOverrides(request),
      'accept-ranges': 'bytes',
      'content-length': end - start,
      'content-range': range && `bytes ${start}-${end - 1}/${version.sizeBytes}`,
      'last-modified': new Date(version.lastModified).toUTCString(),
      etag: version.etag,
      ...buildVersionHeaders(bucket, version),
      ...buildExpirationHeaders(bucket, version),
      ...(wantsChecksum ? buildChecksumHeaders(version.checksum) : {}),
    },
    ...(request.method === 'HEAD' ? {} : { body: bucket.bodies.read(version.segments, start, end) }),
  }
}

function readOverrides({ query }: S3Request): Record<string, string> {
  const given = OVERRIDABLE.map((name) => [name, query.get(`response-${name}`)] as const)
  return Object.fromEntries(given.filter(([, value]) => value !== undefined)) as Record<string, string>
}

export async function deleteObject(context: S3Context, request: S3Request): Promise<S3Response> {
  const bucket = context.store.bucket(request.bucket)
  const gone = await removeObject(context, bucket, request.key, request.query.get('versionId'))
  return { status: 204, headers: gone ? buildVersionHeaders(bucket, gone) : {} }
}

/**
 * Removes one version for good, or hides the object behind a delete marker when the bucket is versioned. Returns the
 * version removed by its id or the new marker; otherwise nothing.
 */
export function removeObject(
  { clock }: S3Context,
  bucket: Bucket,
  key: string,
  versionId: string | undefined,
): Promise<Version | undefined> {
  return bucket.exclusively(async () => {
    if (versionId !== undefined) {
      const version = bucket.version(key, versionId)
      if (version) await bucket.erase(version)
      return version
    }
    if (bucket.settings.versioning) return bucket.commit(createDeleteMarker(key, clock.now()))
    const current = bucket.current(key)
    if (current) await bucket.erase(current)
    return undefined
  })
}

export function createDeleteMarker(key: string, now: Date): Draft {
  return {
    key,
    lastModified: now.toISOString(),
    deleteMarker: true,
    etag: '',
    sizeBytes: 0,
    segments: [],
    headers: {},
    metadata: {},
    tags: [],
  }
}
