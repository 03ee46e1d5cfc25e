/** Operations on buckets and their settings: versioning and lifecycle rules. */
import type { S3Context } from '#emulators/s3/context'
import { S3Error } from '#emulators/s3/errors'
import { parseLifecycle } from '#emulators/s3/lifecycle-rules'
import { receiveText } from '#emulators/s3/payload'
import type { S3Request, S3Response } from '#emulators/s3/request'
import { buildElement, expectOnly, buildOptional, parseXml, getText, buildXmlDocument } from '#emulators/xml'

export async function listBuckets({ store }: S3Context, _request: S3Request): Promise<S3Response> {
  const buckets = store
    .buckets()
    .map(({ settings }) =>
      buildElement('Bucket', buildElement('Name', settings.name), buildElement('CreationDate', settings.created)),
    )
  const owner = buildElement('Owner', buildElement('ID', 'local'), buildElement('DisplayName', 'local'))
  return { status: 200, body: buildXmlDocument('ListAllMyBucketsResult', buildElement('Buckets', buckets), owner) }
}

/** Accepts any region and stores none: this server has one place. */
export async function createBucket({ store }: S3Context, request: S3Request): Promise<S3Response> {
  const body = await receiveText(request)
  if (body !== '') expectOnly(parseXml(body, 'CreateBucketConfiguration'), ['LocationConstraint'])
  await store.createBucket(request.bucket)
  return { status: 200, headers: { location: `/${request.bucket}` } }
}

export async function headBucket({ store }: S3Context, request: S3Request): Promise<S3Response> {
  store.bucket(request.bucket)
  return { status: 200 }
}

export async function getVersioning({ store }: S3Context, request: S3Request): Promise<S3Response> {
  const { versioning } = store.bucket(request.bucket).settings
  return { status: 200, body: buildXmlDocument('VersioningConfiguration', buildOptional('Status', versioning)) }
}

export async function putVersioning({ store }: S3Context, request: S3Request): Promise<S3Response> {
  const bucket = store.bucket(request.bucket)
  const root = parseXml(await receiveText(request), 'VersioningConfiguration')
  const status = getText(root, 'Status')
  const deletion = getText(root, 'MfaDelete')
  if (deletion !== undefined && deletion !== 'Disabled') {
    throw new S3Error('NotImplemented', 'MFA delete is not implemented.')
  }
  if (status !== 'Enabled' && status !== 'Suspended') {
    throw new S3Error('MalformedXML', 'Status must be Enabled or Suspended.')
  }
  await bucket.exclusively(() => bucket.saveSettings({ ...bucket.settings, versioning: status }))
  return { status: 200 }
}

export async function getLifecycle({ store }: S3Context, request: S3Request): Promise<S3Response> {
  const { lifecycleXml } = store.bucket(request.bucket).settings
  if (lifecycleXml !== undefined) return { status: 200, body: lifecycleXml }
  throw new S3Error('NoSuchLifecycleConfiguration', 'The lifecycle configuration does not exist')
}

export async function putLifecycle({ store }: S3Context, request: S3Request): Promise<S3Response> {
  const bucket = store.bucket(request.bucket)
  const { xml } = parseLifecycle(await receiveText(request))
  await bucket.exclusively(() => bucket.saveSettings({ ...bucket.settings, lifecycleXml: xml }))
  return { status: 200 }
}
