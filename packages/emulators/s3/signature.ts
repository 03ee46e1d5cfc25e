/**
 * Checks Signature Version 4 of requests, from the Authorization header or from the query of a presigned URL. The
 * payload's hash is signed too, and is compared with the payload elsewhere. The time of a header is not checked: a stack
 * may run on another clock. A presigned URL ends when it says.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { S3Error } from '#emulators/s3/errors'

export interface Credentials {
  accessKeyId: string
  secretAccessKey: string
}

/** yyyymmdd, region, service, "aws4_request". */
type Scope = [string, string, string, string]

interface Authorization {
  accessKeyId: string
  scope: Scope
  signedHeaders: string[]
  signature: string
  /** When the request was signed: yyyymmddThhmmssZ. */
  time: string
  payloadHash: string
}

/** @throws S3Error AccessDenied, InvalidAccessKeyId or SignatureDoesNotMatch. */
export function checkSignature(credentials: Credentials, request: IncomingMessage, now: Date): void {
  const authorization = readAuthorization(request, now)
  if (authorization.accessKeyId !== credentials.accessKeyId) {
    throw new S3Error('InvalidAccessKeyId', 'The access key id does not exist here.')
  }
  const unsigned = Object.keys(request.headers).find((name) => mustBeSigned(name, authorization))
  if (unsigned) throw new S3Error('AccessDenied', `The header ${unsigned} is not signed.`)
  const hashedRequest = createHash('sha256').update(canonicalRequest(authorization, request)).digest('hex')
  const { scope, time } = authorization
  const text = ['AWS4-HMAC-SHA256', time, scope.join('/'), hashedRequest].join('\n')
  if (equalsSignature(authorization.signature, computeSignature(credentials.secretAccessKey, scope, text))) return
  throw new S3Error('SignatureDoesNotMatch', 'The signature does not match: check the secret access key.')
}

export function computeSignature(secret: string, scope: Scope, text: string): Buffer {
  return hmac(
    scope.reduce((key, part) => hmac(key, part), Buffer.from(`AWS4${secret}`)),
    text,
  )
}

/** Compares in constant time. */
export function equalsSignature(hex: string, expected: Buffer): boolean {
  const given = Buffer.from(hex, 'hex')
  return given.length === expected.length && timingSafeEqual(given, expected)
}

function readAuthorization(request: IncomingMessage, now: Date): Authorization {
  const header = request.headers.authorization
  const isPresigned = /[?&]X-Amz-Signature=/.test(request.url ?? '')
  if (header && isPresigned) throw new S3Error('InvalidArgument', 'Only one auth mechanism allowed.')
  if (isPresigned) return readPresigned(request, now)
  if (!header) throw new S3Error('AccessDenied', 'The request is not signed.')
  return {
    ...parseAuthorization(header),
    time: readHeader(request, 'x-amz-date'),
    payloadHash: readHeader(request, 'x-amz-content-sha256'),
  }
}

const LIFE_SECONDS_MAX = 7 * 86_400

function readPresigned(request: IncomingMessage, now: Date): Authorization {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    throw new S3Error('NotImplemented', 'Presigned URLs are implemented for GET and HEAD alone.')
  }
  const query = new URLSearchParams(splitOnce(request.url ?? '', '?')[1])
  const [time, life, signature] = ['Date', 'Expires', 'Signature'].map((name) => query.get(`X-Amz-${name}`) ?? '')
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(time!) ?? []
  if (query.get('X-Amz-Algorithm') !== 'AWS4-HMAC-SHA256' || !year || !/^\d{1,6}$/.test(life!)) throw badQuery()
  if (Number(life) > LIFE_SECONDS_MAX) throw badQuery()
  const signedAt = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  if (now.getTime() > signedAt + Number(life) * 1_000) throw new S3Error('AccessDenied', 'Request has expired')
  return {
    ...parseScope(query.get('X-Amz-Credential') ?? ''),
    signedHeaders: (query.get('X-Amz-SignedHeaders') ?? '').split(';'),
    signature: signature!,
    time: time!,
    payloadHash: 'UNSIGNED-PAYLOAD',
  }
}

function badQuery(): S3Error {
  return new S3Error('AuthorizationQueryParametersError', 'The query parameters of the signature are not valid.')
}

function mustBeSigned(name: string, { signedHeaders }: Authorization): boolean {
  return (name === 'host' || name.startsWith('x-amz-')) && !signedHeaders.includes(name)
}

/** Reads `<access key>/<date>/<region>/s3/aws4_request`. @throws S3Error AuthorizationHeaderMalformed */
export function parseScope(credential: string): Pick<Authorization, 'accessKeyId' | 'scope'> {
  const [accessKeyId, date, region, service, terminator, ...rest] = credential.split('/')
  if (!accessKeyId || !date || !region || service !== 's3' || terminator !== 'aws4_request' || rest.length > 0) {
    throw new S3Error('AuthorizationHeaderMalformed', 'The credential is not one of Signature Version 4.')
  }
  return { accessKeyId, scope: [date, region, service, terminator] }
}

function parseAuthorization(header: string): Omit<Authorization, 'time' | 'payloadHash'> {
  const match = /^AWS4-HMAC-SHA256 Credential=([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$/.exec(
    header,
  )
  const [, credential, names, signature] = match ?? []
  if (!credential) {
    throw new S3Error('AuthorizationHeaderMalformed', 'The Authorization header is not one of Signature Version 4.')
  }
  return { ...parseScope(credential), signedHeaders: names!.split(';'), signature: signature! }
}

function canonicalRequest({ signedHeaders, payloadHash }: Authorization, request: IncomingMessage): string {
  const [path = '/', query = ''] = splitOnce(request.url ?? '/', '?')
  return [
    request.method,
    path.split('/').map(canonicalEscape).join('/'),
    canonicalQuery(query),
    ...signedHeaders.map((name) => `${name}:${readHeader(request, name)}`),
    '',
    signedHeaders.join(';'),
    payloadHash,
  ].join('\n')
}

/** Sorts by name, then by value: sorting the joined pairs would put "a-b=" before "a=". */
function canonicalQuery(query: string): string {
  const pairs = query.split('&').filter((pair) => pair !== '' && !pair.startsWith('X-Amz-Signature='))
  const escaped = pairs.map((pair) => splitOnce(pair, '=').map(canonicalEscape))
  const sortKey = ([name, value = '']: string[]) => `${name}\0${value}`
  return escaped
    .sort((left, right) => (sortKey(left) < sortKey(right) ? -1 : 1))
    .map(([name, value = '']) => `${name}=${value}`)
    .join('&')
}

/** Escapes each character once, however the client wrote it. */
function canonicalEscape(text: string): string {
  const escape = (character: string) => `%${character.codePointAt(0)!.toString(16).toUpperCase()}`
  try {
    return encodeURIComponent(decodeURIComponent(text)).replaceAll(/[!'()*]/g, escape)
  } catch {
    throw new S3Error('InvalidURI', 'The URI is not valid UTF-8.')
  }
}

function readHeader(request: IncomingMessage, name: string): string {
  const value = request.headersDistinct[name]?.join(',') ?? ''
  // Node reads headers as latin1; the client signed the UTF-8 bytes.
  return Buffer.from(value, 'latin1').toString('utf8').trim().replaceAll(/ +/g, ' ')
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator)
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)]
}

const hmac = (key: Buffer, text: string) => createHmac('sha256', key).update(text).digest()
