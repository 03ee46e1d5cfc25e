/** What pages of other origins may do with a bucket: its rules, and the headers by which a browser learns of them. */
import type { S3Context } from '#emulators/s3/context'
import { readCorsRules } from '#emulators/s3/cors-rules'
import { S3Error } from '#emulators/s3/errors'
import { receiveText } from '#emulators/s3/payload'
import type { S3Request, S3Response } from '#emulators/s3/request'
import { buildXmlDocument, renderNode } from '#emulators/xml'

export async function putCors({ store }: S3Context, request: S3Request): Promise<S3Response> {
  const bucket = store.bucket(request.bucket)
  const nodes = readCorsRules(await receiveText(request))
  const corsXml = buildXmlDocument('CORSConfiguration', nodes.map(renderNode))
  await bucket.exclusively(() => bucket.saveSettings({ ...bucket.settings, corsXml }))
  return { status: 200 }
}

export async function getCors({ store }: S3Context, request: S3Request): Promise<S3Response> {
  const { corsXml } = store.bucket(request.bucket).settings
  if (corsXml !== undefined) return { status: 200, body: corsXml }
  throw new S3Error('NoSuchCORSConfiguration', 'The CORS configuration does not exist')
}

/** Answers a preflight, which a browser does not sign. @throws S3Error AccessForbidden */
export async function answerPreflight(context: S3Context, { bucket, headers }: S3Request): Promise<S3Response> {
  const method = headers.get('access-control-request-method')
  if (!headers.has('origin') || method === undefined) {
    throw new S3Error('BadRequest', 'Insufficient information. Origin request header needed.')
  }
  const wanted = (headers.get('access-control-request-headers') ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter(Boolean)
  const allowed = findCorsHeaders(context, { bucket, headers, method, wanted })
  if (!allowed) throw new S3Error('AccessForbidden', 'CORSResponse: This CORS request is not allowed.')
  return { status: 200, headers: allowed }
}

interface Asked {
  bucket: string
  headers: ReadonlyMap<string, string>
  method: string
  /** Headers that a preflight asks for. */
  wanted?: string[]
}

/** Returns the headers of the first rule that allows the request; undefined without one, and for other programs. */
export function findCorsHeaders(
  { store }: S3Context,
  { bucket, headers, method, wanted = [] }: Asked,
): Record<string, string> | undefined {
  const origin = headers.get('origin')
  if (origin === undefined || !store.has(bucket)) return undefined
  const found = store
    .bucket(bucket)
    .cors.find(
      (rule) =>
        rule.methods.includes(method) &&
        rule.origins.some((pattern) => matches(pattern, origin)) &&
        wanted.every((name) => rule.headers.some((pattern) => matches(pattern, name))),
    )
  if (!found) return undefined
  const isAny = found.origins.includes('*')
  return {
    'access-control-allow-origin': isAny ? '*' : origin,
    'access-control-allow-methods': found.methods.join(', '),
    ...(isAny ? {} : { 'access-control-allow-credentials': 'true' }),
    ...(wanted.length > 0 ? { 'access-control-allow-headers': wanted.join(', ') } : {}),
    ...(found.exposed.length > 0 ? { 'access-control-expose-headers': found.exposed.join(', ') } : {}),
    ...(found.maxAgeS === undefined ? {} : { 'access-control-max-age': found.maxAgeS }),
    vary: 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method',
  }
}

/** A pattern may have one asterisk, which stands for any text. */
function matches(pattern: string, text: string): boolean {
  const [start = '', end] = pattern.split('*')
  if (end === undefined) return pattern === text
  return text.length >= start.length + end.length && text.startsWith(start) && text.endsWith(end)
}
