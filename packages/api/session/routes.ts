import type { Hono } from 'hono'
import { buildAuditContext } from '#api/http/audit-context'
import type { ApiEnv } from '#api/http/context'
import { sendData } from '#api/http/envelope'
import { pageQuery } from '#api/http/fields'
import { parsePageQuery } from '#api/http/legacy-pages'
import { CLEARED_COOKIE, formatSessionCookie } from '#api/http/session-cookie'
import type { KeyRouteDeps } from '#api/keys/routes'
import { mountRoutes } from '#api/middleware/mount-routes'
import { readPresentedKey } from '#api/middleware/presented-key'
import { readSessionCookies } from '#api/middleware/session-request'
import { sessionTable } from '#api/session/table'
import { formatCount } from '#platform/count-text'
import { AppError } from '#platform/errors'

/** The first request for a session loads what does the work. */
const loadLifecycle = () => import('#keys/sessions/lifecycle')

export function createSessionRoutes({ keyDeps, newId }: KeyRouteDeps): Hono<ApiEnv> {
  return mountRoutes(sessionTable, {
    openSession: async (c) => {
      const key = readPresentedKey(c)
      if (key === undefined) throw new AppError('KEY_MISSING', 'a session opens no other session: send the key')
      const { openSession } = await loadLifecycle()
      const input = { key, userAgent: c.req.header('User-Agent'), replaced: readSessionCookies(c)[0] }
      const opened = await openSession({ ...keyDeps, newId }, { ...input, ...buildAuditContext(c) })
      c.header('Set-Cookie', formatSessionCookie(opened.token, opened.expiresAt, keyDeps.clock.now()))
      const { key: signedInKey, expiresAt } = opened
      return sendData(c, { key: signedInKey, expiresAt }, { message: 'signed in', status: 201 })
    },

    getSession: async (c) => {
      const { keyid, session } = c.get('key')
      const { getSessionKey } = await loadLifecycle()
      const key = await getSessionKey(keyDeps.db, keyid)
      return sendData(c, { key, expiresAt: session?.expiresAt ?? null }, { message: `signed in as ${key.name}` })
    },

    closeSession: async (c) => {
      const { session } = c.get('key')
      const { endSession } = await loadLifecycle()
      if (session) await endSession(keyDeps, { id: session.id, own: true, ...buildAuditContext(c) })
      c.header('Set-Cookie', CLEARED_COOKIE)
      return sendData(c, { session: session?.id ?? null }, { message: 'signed out' })
    },

    listSessions: async (c) => {
      const { listSessions } = await loadLifecycle()
      const { items, nextCursor } = await listSessions(keyDeps, parsePageQuery(c, pageQuery))
      return sendData(c, { sessions: items, nextCursor }, { message: formatCount(items.length, 'session') })
    },

    revokeSession: async (c) => {
      const { endSession } = await loadLifecycle()
      const ended = await endSession(keyDeps, { id: c.req.param('session'), own: false, ...buildAuditContext(c) })
      return sendData(c, ended, { message: 'the session is revoked and stops working within five seconds' })
    },
  })
}
