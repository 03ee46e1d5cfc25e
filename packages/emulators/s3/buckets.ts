/** Operations on buckets and their settings: versioning and lifecycle rules. */
import type { S3Context } from '#emulators/s3/context'
import { S3Error } from '#emulators/s3/errors'
import { parseLifecycle } from '#emulators/s3/lifecycle-rules'
import { receiveText } from '#emulators/s3/payload'
import type { S3Request, S3Response } from '#emulators/s3/request'
import { element, expectOnly, optional, parseXml, textOf, xmlDocument } from '#emulators/xml'

export async function listBuckets({ store }: S3Context, _request: S3Request): Promise<S3Response> {
  const buckets = store
    .buckets()
    .map(({ settings }) => element('Bucket', element('Name', settings.name), element('CreationDate', settings.created)))
  const owner = element('Owner', element('ID', 'local'), element('DisplayName', 'local'))
  return { status: 200, body: xmlDocument('ListAllMyBucketsResult', element('Buckets', buckets), owner) }
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
  return { status: 200, body: xmlDocument('VersioningConfiguration', optional('Status', versioning)) }
}

export async function putVersioning({ store }: S3Context, request: S3Request): Promise<S3Response> {
  const bucket = store.bucket(request.bucket)
  const root = parseXml(await receiveText(request), 'VersioningConfiguration')
  const status = textOf(root, 'Status')
  const deletion = textOf(root, 'MfaDelete')
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

export async function deleteLifecycle({ store }: S3Context, request: S3Request): Promise<S3Response> {
  const bucket = store.bucket(request.bucket)
  await bucket.exclusively(() => {
    const { lifecycleXml: _, ...settings } = bucket.settings
    return bucket.saveSettings(settings)
  })
  return { status: 204 }
}
