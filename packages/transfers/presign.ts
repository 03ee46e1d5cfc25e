/**
 * Signs requests to S3 that a caller sends (Signature Version 4): `signPost` a form that uploads one file, `presignUrl` an
 * address that reads one. The SDK signs them in packages of their own, whose clock cannot be set.
 */
import { createHash, createHmac } from 'node:crypto'

export interface Signer {
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string | undefined }
  region: string
  now: Date
}

const ALGORITHM = 'AWS4-HMAC-SHA256'

/** Conditions beyond those on the signature's own fields: a field with its value, or a range of sizes. */
interface PostRules {
  bucket: string
  /** Names and values that the form must have. */
  fields: Record<string, string>
  bytesMin: number
  bytesMax: number
  expiresAt: Date
}

/** Returns the fields of the form. S3 ignores what follows the file, so the field `file` comes last. */
export function signPost(signer: Signer, rules: PostRules): Record<string, string> {
  const { credentials, now } = signer
  const fields = {
    ...rules.fields,
    'x-amz-algorithm': ALGORITHM,
    'x-amz-credential': `${credentials.accessKeyId}/${formatScope(signer)}`,
    'x-amz-date': formatTime(now),
    ...(credentials.sessionToken !== undefined && { 'x-amz-security-token': credentials.sessionToken }),
  }
  const conditions = [
    { bucket: rules.bucket },
    ['content-length-range', rules.bytesMin, rules.bytesMax],
    ...Object.entries(fields).map(([name, value]) => ({ [name]: value })),
  ]
  const policy = Buffer.from(JSON.stringify({ expiration: rules.expiresAt.toISOString(), conditions })).toString(
    'base64',
  )
  return { ...fields, policy, 'x-amz-signature': sign(signer, policy) }
}

interface UrlRules {
  method: 'GET' | 'HEAD'
  lifeS: number
  /** Parameters of the request, such as `response-content-type`. */
  query?: Record<string, string>
}

/** `address` is the object's, with its key from `encodeKey`. */
export function presignUrl(signer: Signer, address: URL, { method, lifeS, query = {} }: UrlRules): string {
  const { credentials, now } = signer
  const parameters = {
    ...query,
    'X-Amz-Algorithm': ALGORITHM,
    'X-Amz-Credential': `${credentials.accessKeyId}/${formatScope(signer)}`,
    'X-Amz-Date': formatTime(now),
    'X-Amz-Expires': String(lifeS),
    ...(credentials.sessionToken !== undefined && { 'X-Amz-Security-Token': credentials.sessionToken }),
    'X-Amz-SignedHeaders': 'host',
  }
  const search = formatQuery(parameters)
  const request = [method, address.pathname, search, `host:${address.host}`, '', 'host', 'UNSIGNED-PAYLOAD']
  const hash = createHash('sha256').update(request.join('\n')).digest('hex')
  const text = [ALGORITHM, formatTime(now), formatScope(signer), hash].join('\n')
  return `${address.origin}${address.pathname}?${search}&X-Amz-Signature=${sign(signer, text)}`
}

/** Percent-encodes all but the unreserved characters (RFC 3986), and keeps the slashes of a key. */
export function encodeKey(key: string): string {
  return key.split('/').map(encode).join('/')
}

function formatQuery(parameters: Record<string, string>): string {
  const pairs = Object.entries(parameters).map(([name, value]) => `${encode(name)}=${encode(value)}`)
  return pairs.sort((one, other) => (one < other ? -1 : 1)).join('&')
}

function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`)
}

function sign(signer: Signer, text: string): string {
  const start = Buffer.from(`AWS4${signer.credentials.secretAccessKey}`)
  const key = formatScope(signer)
    .split('/')
    .reduce((key, part) => hmac(key, part), start)
  return hmac(key, text).toString('hex')
}

function formatScope({ region, now }: Signer): string {
  return `${formatTime(now).slice(0, 8)}/${region}/s3/aws4_request`
}

/** `20261130T091500Z` */
function formatTime(time: Date): string {
  return time.toISOString().replaceAll(/[-:]|\.\d+/g, '')
}

const hmac = (key: Buffer, text: string) => createHmac('sha256', key).update(text).digest()
