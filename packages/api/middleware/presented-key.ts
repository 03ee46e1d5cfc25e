/** Reads the API key in the headers of a request. */
import type { Context } from 'hono'
import type { ApiEnv } from '#api/http/context'
import { AppError } from '#platform/errors'

/**
 * A header that was sent twice arrives as one value with a comma. Several keys are refused: a proxy on the way may have
 * checked another one than we would (RFC 6750 section 3.1). Returns undefined only when no header is meant for a key: one
 * that holds none is refused. @throws AppError KEY_MISSING, KEYS_SEVERAL
 */
export function readPresentedKey(c: Context<ApiEnv>): string | undefined {
  const authorizations = splitHeader(c.req.header('Authorization'))
  const bearers = authorizations.filter((value) => /^Bearer\b/i.test(value))
  const keys = [
    ...bearers.map((value) => value.slice('Bearer'.length).trim()),
    ...splitHeader(c.req.header('X-API-Key')),
  ]
  if (keys.length > 1 || (bearers.length > 0 && authorizations.length > 1)) {
    throw new AppError('KEYS_SEVERAL', 'the request has more than one key')
  }
  const isMeant = bearers.length > 0 || c.req.header('X-API-Key') !== undefined
  if (!isMeant) return undefined
  const [key] = keys
  if (key === undefined || !/^\S+$/.test(key)) throw new AppError('KEY_MISSING', 'no API key was sent')
  return key
}

function splitHeader(header = ''): string[] {
  return header
    .split(',')
    .map((value) => value.trim())
    .filter((value) => value !== '')
}
