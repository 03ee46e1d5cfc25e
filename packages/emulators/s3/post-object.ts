/** Uploads by a form, as a browser sends them. */
import { Digests } from '#emulators/s3/checksums'
import type { S3Context } from '#emulators/s3/context'
import { S3Error } from '#emulators/s3/errors'
import { readForm } from '#emulators/s3/form-data'
import { readMetadata } from '#emulators/s3/object-facts'
import { commitDraft } from '#emulators/s3/objects'
import { digestChunks } from '#emulators/s3/payload'
import { checkPolicy, type PostPolicy } from '#emulators/s3/post-policy'
import type { S3Request, S3Response } from '#emulators/s3/request'
import type { Credentials } from '#emulators/s3/signature'

const KNOWN =
  /^(?:key|policy|success_action_status|content-(?:type|disposition|encoding)|cache-control|expires|x-amz-(?:algorithm|credential|date|signature|security-token|meta-.*)|x-ignore-.*)$/

export function isForm({ method, key, query, headers }: S3Request): boolean {
  const type = headers.get('content-type') ?? ''
  return method === 'POST' && key === '' && query.size === 0 && type.toLowerCase().startsWith('multipart/form-data')
}

/** The policy in the form stands for a signature of the request. */
export async function postObject(
  { store, clock }: S3Context,
  credentials: Credentials,
  request: S3Request,
): Promise<S3Response> {
  const bucket = store.bucket(request.bucket)
  if (!request.headers.has('content-length')) {
    throw new S3Error('MissingContentLength', 'You must provide the Content-Length HTTP header.')
  }
  const { fields, file } = await readForm(request.headers.get('content-type') ?? '', request.body())
  const key = fields.get('key')
  if (!key) throw new S3Error('InvalidArgument', "Bucket POST must contain a field named 'key'.")
  const policy = checkPolicy(credentials, request.bucket, fields, clock.now())
  const unknown = key.includes('${') ? 'a variable in the key' : [...fields.keys()].find((name) => !KNOWN.test(name))
  if (unknown !== undefined) throw new S3Error('NotImplemented', `This server does not implement ${unknown} in a form`)
  const digests = new Digests(['MD5'])
  const segment = await bucket.bodies.write(digestChunks(limitSize(file, policy), digests))
  const etag = `"${digests.finish().get('MD5')!.toString('hex')}"`
  await commitDraft(bucket, request, {
    ...readMetadata(fields),
    tags: [],
    key,
    lastModified: clock.now().toISOString(),
    deleteMarker: false,
    etag,
    sizeBytes: segment.sizeBytes,
    segments: [segment],
  })
  const status = fields.get('success_action_status')
  return { status: status === '200' || status === '201' ? Number(status) : 204, headers: { etag } }
}

async function* limitSize(file: AsyncIterable<Buffer>, { bytesMin, bytesMax }: PostPolicy): AsyncGenerator<Buffer> {
  let bytes = 0
  for await (const chunk of file) {
    bytes += chunk.length
    if (bytes > bytesMax)
      throw new S3Error(
        'EntityTooLarge',
        'Your proposed upload exceeds the maximum allowed size',
        sizes(bytes, bytesMax),
      )
    yield chunk
  }
  if (bytes < bytesMin) {
    const message = 'Your proposed upload is smaller than the minimum allowed size'
    throw new S3Error('EntityTooSmall', message, sizes(bytes, bytesMin))
  }
}

function sizes(proposed: number, allowed: number) {
  return { fields: { ProposedSize: String(proposed), MaxSizeAllowed: String(allowed) } }
}
