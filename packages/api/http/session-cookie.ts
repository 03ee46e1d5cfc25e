/**
 * The cookie of a session. The prefix `__Host-` makes browsers refuse one that a sibling domain sets, and one without these
 * attributes (RFC 6265bis section 4.1.3.2).
 */
export const SESSION_COOKIE = '__Host-hunter'

const ATTRIBUTES = 'Path=/; Secure; HttpOnly; SameSite=Strict'

/** Removes the cookie from the browser. */
export const CLEARED_COOKIE = `${SESSION_COOKIE}=; Max-Age=0; ${ATTRIBUTES}`

/** The browser drops the cookie when the session ends. */
export function formatSessionCookie(token: string, expiresAt: Date, now: Date): string {
  const seconds = Math.max(1, Math.floor((expiresAt.getTime() - now.getTime()) / 1_000))
  return `${SESSION_COOKIE}=${token}; Max-Age=${seconds}; ${ATTRIBUTES}`
}
