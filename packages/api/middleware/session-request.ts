/**
 * Reads the session of a request. Browsers send a cookie by themselves, so a request with one must also show that a page of
 * ours sent it (docs/decisions/046-page-sessions.md).
 */
import type { Context } from 'hono'
import type { ApiEnv } from '#api/http/context'
import { findOrigin } from '#api/http/origin'
import { SESSION_COOKIE } from '#api/http/session-cookie'
import { AppError } from '#platform/errors'

/** @throws AppError KEY_MISSING without a cookie, KEYS_SEVERAL, CSRF_REFUSED */
export function readSessionToken(c: Context<ApiEnv>): string {
  const [token, ...more] = readSessionCookies(c)
  if (token === undefined) throw new AppError('KEY_MISSING', 'no API key was sent')
  if (more.length > 0) throw new AppError('KEYS_SEVERAL', 'the request has more than one session')
  if (!isFromOwnPage(c))
    throw new AppError('CSRF_REFUSED', 'the request of this session did not come from its own page')
  return token
}

export function readSessionCookies(c: Context<ApiEnv>): string[] {
  const pairs = (c.req.header('Cookie') ?? '').split(';').map((pair) => pair.trim())
  return pairs
    .filter((pair) => pair.startsWith(`${SESSION_COOKIE}=`))
    .map((pair) => pair.slice(SESSION_COOKIE.length + 1))
    .filter((value) => value !== '')
}

const SAFE_METHODS = ['GET', 'HEAD']

/**
 * Another origin is refused whatever the method: the pages of `HUNTER_CORS_ORIGINS` must send a key. What changes something
 * must come with one of the two headers, which a page cannot forge.
 */
function isFromOwnPage(c: Context<ApiEnv>): boolean {
  const origin = c.req.header('Origin')
  const isOwnOrigin = origin === findOrigin(new URL(c.req.url))
  if (origin !== undefined && !isOwnOrigin) return false
  const site = c.req.header('Sec-Fetch-Site')
  if (SAFE_METHODS.includes(c.req.method)) return site !== 'cross-site'
  return site === undefined ? isOwnOrigin : site === 'same-origin'
}
