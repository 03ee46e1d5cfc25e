/**
 * Checks Signature Version 4 of requests, from the Authorization header. The payload's hash is signed too, and is
 * compared with the payload elsewhere. Times are not checked: a stack may run on another clock.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { S3Error } from '#emulators/s3/errors'

export interface Credentials {
  accessKeyId: string
  secretAccessKey: string
}

interface Authorization {
  accessKeyId: string
  /** yyyymmdd, region, service, "aws4_request". */
  scope: [string, string, string, string]
  signedHeaders: string[]
  signature: string
}

/** @throws S3Error AccessDenied, InvalidAccessKeyId or SignatureDoesNotMatch. */
export function checkSignature(credentials: Credentials, request: IncomingMessage): void {
  const header = request.headers.authorization
  if (!header) throw new S3Error('AccessDenied', 'The request is not signed.')
  const authorization = parseAuthorization(header)
  if (authorization.accessKeyId !== credentials.accessKeyId) {
    throw new S3Error('InvalidAccessKeyId', 'The access key id does not exist here.')
  }
  const unsigned = Object.keys(request.headers).find((name) => mustBeSigned(name, authorization))
  if (unsigned) throw new S3Error('AccessDenied', `The header ${unsigned} is not signed.`)
  const expected = signatureOf(credentials.secretAccessKey, authorization, request)
  const given = Buffer.from(authorization.signature, 'hex')
  if (given.length === expected.length && timingSafeEqual(given, expected)) return
  throw new S3Error('SignatureDoesNotMatch', 'The signature does not match: check the secret access key.')
}

function mustBeSigned(name: string, { signedHeaders }: Authorization): boolean {
  return (name === 'host' || name.startsWith('x-amz-')) && !signedHeaders.includes(name)
}

function parseAuthorization(header: string): Authorization {
  const match = /^AWS4-HMAC-SHA256 Credential=([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$/.exec(
    header,
  )
  const [, credential, names, signature] = match ?? []
  const [accessKeyId, date, region, service, terminator, ...rest] = credential?.split('/') ?? []
  if (!accessKeyId || !date || !region || service !== 's3' || terminator !== 'aws4_request' || rest.length > 0) {
    throw new S3Error('AuthorizationHeaderMalformed', 'The Authorization header is not one of Signature Version 4.')
  }
  return {
    accessKeyId,
    scope: [date, region, service, terminator],
    signedHeaders: names!.split(';'),
    signature: signature!,
  }
}

function signatureOf(secret: string, { scope, signedHeaders }: Authorization, request: IncomingMessage): Buffer {
  const time = headerOf(request, 'x-amz-date')
  const hashedRequest = createHash('sha256').update(canonicalRequest(signedHeaders, request)).digest('hex')
  const text = ['AWS4-HMAC-SHA256', time, scope.join('/'), hashedRequest].join('\n')
  return hmac(
    scope.reduce((key, part) => hmac(key, part), Buffer.from(`AWS4${secret}`)),
    text,
  )
}

function canonicalRequest(signedHeaders: string[], request: IncomingMessage): string {
  const [path = '/', query = ''] = splitOnce(request.url ?? '/', '?')
  return [
    request.method,
    path.split('/').map(canonicalEscape).join('/'),
    canonicalQuery(query),
    ...signedHeaders.map((name) => `${name}:${headerOf(request, name)}`),
    '',
    signedHeaders.join(';'),
    headerOf(request, 'x-amz-content-sha256'),
  ].join('\n')
}

/** Sorts by name, then by value: sorting the joined pairs would put "a-b=" before "a=". */
function canonicalQuery(query: string): string {
  const pairs = query.split('&').filter(Boolean)
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

function headerOf(request: IncomingMessage, name: string): string {
  const value = request.headersDistinct[name]?.join(',') ?? ''
  // Node reads headers as latin1; the client signed the UTF-8 bytes.
  return Buffer.from(value, 'latin1').toString('utf8').trim().replaceAll(/ +/g, ' ')
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator)
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)]
}

const hmac = (key: Buffer, text: string) => createHmac('sha256', key).update(text).digest()
