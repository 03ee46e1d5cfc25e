/** Reads and changes the tags of a version without touching its body or its time. */
import type { S3Context } from '#emulators/s3/context'
import { findVersion, buildVersionHeaders } from '#emulators/s3/object-facts'
import { receiveText } from '#emulators/s3/payload'
import type { S3Request, S3Response } from '#emulators/s3/request'
import { parseTagXml, renderTags } from '#emulators/s3/tags'

export async function getTagging({ store }: S3Context, request: S3Request): Promise<S3Response> {
  const bucket = store.bucket(request.bucket)
  const version = findVersion(bucket, request.key, request.query.get('versionId'))
  return { status: 200, headers: buildVersionHeaders(bucket, version), body: renderTags(version.tags) }
}

export async function putTagging({ store }: S3Context, request: S3Request): Promise<S3Response> {
  const tags = parseTagXml(await receiveText(request))
  const bucket = store.bucket(request.bucket)
  return bucket.exclusively(async () => {
    const version = findVersion(bucket, request.key, request.query.get('versionId'))
    await bucket.retag(version, tags)
    return { status: 200, headers: buildVersionHeaders(bucket, version) }
  })
}
