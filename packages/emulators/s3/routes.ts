/**
 * Maps requests to operations: those that Hunter sends, and those that `aws s3` and the SDKs need to list, copy and move
 * objects, read versions and empty a bucket. A request without a route gets 501, never a silent 200.
 */
import * as buckets from '#emulators/s3/buckets'
import { completeMultipartUpload } from '#emulators/s3/complete'
import type { S3Context } from '#emulators/s3/context'
import { copyObject } from '#emulators/s3/copy'
import { getCors, putCors } from '#emulators/s3/cors'
import { deleteObjects } from '#emulators/s3/delete-objects'
import { S3Error } from '#emulators/s3/errors'
import { listObjectsV2, listObjectVersions } from '#emulators/s3/list-objects'
import { listMultipartUploads, listParts } from '#emulators/s3/list-uploads'
import { abortMultipartUpload, createMultipartUpload, uploadPart, uploadPartCopy } from '#emulators/s3/multipart'
import { OVERRIDABLE } from '#emulators/s3/object-facts'
import { deleteObject, getObject, putObject } from '#emulators/s3/objects'
import type { S3Request, S3Response } from '#emulators/s3/request'
import { getTagging, putTagging } from '#emulators/s3/tagging'

type Handler = (context: S3Context, request: S3Request) => Promise<S3Response>
type Level = 'account' | 'bucket' | 'object'

interface Route {
  method: string
  level: Level
  /** Required query names. */
  needs: string[]
  /** Optional query names. */
  takes: string[]
  copies: boolean
  handle: Handler
}

const LISTING = ['prefix', 'delimiter', 'encoding-type']

const OVERRIDES = OVERRIDABLE.map((name) => `response-${name}`)

const ROUTES: Route[] = [
  route('GET', 'account', '', '', buckets.listBuckets),
  route('PUT', 'bucket', '', '', buckets.createBucket),
  route('HEAD', 'bucket', '', '', buckets.headBucket),
  route('GET', 'bucket', 'versioning', '', buckets.getVersioning),
  route('PUT', 'bucket', 'versioning', '', buckets.putVersioning),
  route('GET', 'bucket', 'lifecycle', '', buckets.getLifecycle),
  route('PUT', 'bucket', 'lifecycle', '', buckets.putLifecycle),
  route('GET', 'bucket', 'cors', '', getCors),
  route('PUT', 'bucket', 'cors', '', putCors),
  route('POST', 'bucket', 'delete', '', deleteObjects),
  route(
    'GET',
    'bucket',
    'list-type',
    [...LISTING, 'max-keys', 'continuation-token', 'start-after', 'fetch-owner'],
    listObjectsV2,
  ),
  route('GET', 'bucket', 'versions', [...LISTING, 'max-keys', 'key-marker', 'version-id-marker'], listObjectVersions),
  route(
    'GET',
    'bucket',
    'uploads',
    [...LISTING, 'max-uploads', 'key-marker', 'upload-id-marker'],
    listMultipartUploads,
  ),
  route('GET', 'object', '', ['versionId', ...OVERRIDES], getObject),
  route('HEAD', 'object', '', ['versionId', ...OVERRIDES], getObject),
  route('PUT', 'object', '', '', putObject),
  copying('PUT', 'object', '', copyObject),
  route('DELETE', 'object', '', 'versionId', deleteObject),
  route('GET', 'object', 'tagging', 'versionId', getTagging),
  route('PUT', 'object', 'tagging', 'versionId', putTagging),
  route('POST', 'object', 'uploads', '', createMultipartUpload),
  route('PUT', 'object', 'uploadId partNumber', '', uploadPart),
  copying('PUT', 'object', 'uploadId partNumber', uploadPartCopy),
  route('POST', 'object', 'uploadId', '', completeMultipartUpload),
  route('DELETE', 'object', 'uploadId', '', abortMultipartUpload),
  route('GET', 'object', 'uploadId', ['max-parts', 'part-number-marker'], listParts),
]

/** Protocol headers that are read, or that have no effect here. Any other asks for a missing feature. */
const KNOWN_HEADERS = [
  /^x-amz-(date|content-sha256|security-token|user-agent|decoded-content-length|trailer|tagging|mp-object-size)$/,
  /^x-amz-(sdk-checksum-algorithm|checksum-.*|(metadata|tagging)-directive|meta-.*|transition-default-minimum-object-size)$/,
  /^x-amz-copy-source(-range|-if-.*)?$/,
]
/** Operations that evaluate If-Match and related headers. */
const CONDITIONAL = new Set<Handler>([getObject, putObject, copyObject, completeMultipartUpload])

/** @throws S3Error NotImplemented */
export function findRoute(request: S3Request): Handler {
  const level = request.bucket === '' ? 'account' : request.key === '' ? 'bucket' : 'object'
  const found = ROUTES.find((entry) => entry.method === request.method && entry.level === level && fits(entry, request))
  const header = [...request.headers.keys()].find((name) => !isKnown(name, found?.handle))
  if (found && header === undefined) return found.handle
  const what = header ?? `${request.method} on this ${level} with [${[...request.query.keys()].join(', ')}]`
  throw new S3Error(
    'NotImplemented',
    `A header or query you provided implies functionality that is not implemented: ${what}`,
  )
}

function fits({ needs, takes, copies }: Route, { query, headers }: S3Request): boolean {
  return (
    copies === headers.has('x-amz-copy-source') &&
    needs.every((name) => query.has(name)) &&
    [...query.keys()].every((name) => name === 'x-id' || needs.includes(name) || takes.includes(name))
  )
}

function isKnown(header: string, handler: Handler | undefined): boolean {
  if (header.startsWith('if-')) return handler !== undefined && CONDITIONAL.has(handler)
  return !header.startsWith('x-amz-') || KNOWN_HEADERS.some((pattern) => pattern.test(header))
}

function route(method: string, level: Level, needs: string, takes: string | string[], handle: Handler): Route {
  const words = (text: string) => text.split(' ').filter(Boolean)
  return { method, level, needs: words(needs), takes: [takes].flat().flatMap(words), copies: false, handle }
}

function copying(method: string, level: Level, needs: string, handle: Handler): Route {
  return { ...route(method, level, needs, '', handle), copies: true }
}
