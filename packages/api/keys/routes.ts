import type { Hono } from 'hono'
import { buildAuditContext } from '#api/http/audit-context'
import type { ApiEnv } from '#api/http/context'
import { sendData } from '#api/http/envelope'
import { pageQuery } from '#api/http/fields'
import { parsePageQuery } from '#api/http/legacy-pages'
import { parseBody, parseQuery } from '#api/http/validate'
import { revokeKeyQuery, rotateKeyBody } from '#api/keys/inputs'
import { keyTable } from '#api/keys/table'
import { withIdempotencyKey } from '#api/middleware/idempotency'
import { mountRoutes } from '#api/middleware/mount-routes'
import { newKeyBody } from '#keys/fields'
import { listKeys, revokeKey, rotateKey, type RotatedKey } from '#keys/lifecycle'
import { createKey, type CreatedKey, type NewKeyDeps } from '#keys/verify-key'
import { formatCount } from '#platform/count-text'

export interface KeyRouteDeps {
  keyDeps: NewKeyDeps
  newId: () => string
}

/**
 * Only the answer that creates a key contains its text. A repeated request with the same Idempotency-Key gets that
 * answer again, from its encrypted copy.
 */
export function createKeyRoutes({ keyDeps, newId }: KeyRouteDeps): Hono<ApiEnv> {
  const deps = { ...keyDeps, newId, seal: keyDeps }
  return mountRoutes(keyTable, {
    listKeys: async (c) => {
      const { items, nextCursor } = await listKeys(keyDeps, parsePageQuery(c, pageQuery))
      return sendData(c, { keys: items, nextCursor }, { message: formatCount(items.length, 'key') })
    },

    createKey: async (c) => {
      const { name, scopes, limit_per_minute: limitPerMinute, expires_at: expiresAt } = await parseBody(c, newKeyBody)
      const input = { name, scopes, limitPerMinute, expiresAt, ...buildAuditContext(c) }
      return withIdempotencyKey<CreatedKey, CreatedKey>(c, deps, {
        run: (keep) => createKey(keyDeps, input, keep),
        recall: async (made) => made,
        answer: async (made) =>
          sendData(c, made, { message: 'save the key now: Hunter shows it only once', status: 201 }),
      })
    },

    rotateKey: async (c) => {
      const { grace_seconds: graceSeconds } = await parseBody(c, rotateKeyBody)
      const input = { keyid: c.req.param('keyid'), graceSeconds, ...buildAuditContext(c) }
      return withIdempotencyKey<RotatedKey, RotatedKey>(c, deps, {
        run: (keep) => rotateKey(keyDeps, input, keep),
        recall: async (rotated) => rotated, // JSON turned its time into text, as in the answer
        answer: async (rotated) => sendData(c, rotated, { message: 'save the key now: Hunter shows it only once' }),
      })
    },

    revokeKey: async (c) => {
      const force = parseQuery(c, revokeKeyQuery).force === 'true'
      const key = await revokeKey(keyDeps, { keyid: c.req.param('keyid'), force, ...buildAuditContext(c) })
      return sendData(c, key, { message: `${key.keyid} is revoked and stops working within five seconds` })
    },
  })
}
