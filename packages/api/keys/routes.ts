import { Hono } from 'hono'
import * as z from 'zod/mini'
import type { Context } from 'hono'
import type { ApiEnv } from '#api/http/context'
import { ok } from '#api/http/envelope'
import { once } from '#api/middleware/idempotency'
import { newKeyBody } from '#keys/fields'
import { GRACE_SECONDS, GRACE_SECONDS_MAX, listKeys, revokeKey, rotateKey, type RotatedKey } from '#keys/lifecycle'
import { createKey, type MadeKey, type NewKeyDeps } from '#keys/verify-key'
import type { Needs } from '#api/middleware/authorise'
import { pageQuery } from '#api/page-query'
import { readBody, readQuery } from '#api/http/validate'

const GRACE = `must be a whole number of seconds from 0 to ${GRACE_SECONDS_MAX}`

export const rotateKeyBody = z.strictObject({
  grace_seconds: z._default(z.int(GRACE).check(z.gte(0, GRACE), z.lte(GRACE_SECONDS_MAX, GRACE)), GRACE_SECONDS),
})
export const revokeKeyQuery = z.strictObject({
  force: z.optional(z.enum(['true', 'false'], 'must be true or false')),
})

export interface KeyRouteDeps {
  keyDeps: NewKeyDeps
  newId: () => string
}

/** The text of a key is in the answer that makes it and in no other; the same request again gets that answer, from a seal. */
export function keyRoutes({ keyDeps, newId }: KeyRouteDeps, needs: Needs): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>()
  const deps = { ...keyDeps, newId, seal: keyDeps }

  routes.get('/admin/keys', needs('admin'), async (c) => {
    const { items, nextCursor } = await listKeys(keyDeps, readQuery(c, pageQuery))
    return ok(c, { keys: items, nextCursor }, { message: `${items.length} keys` })
  })

  routes.post('/admin/keys', needs('admin'), async (c) => {
    const { name, scopes, limit_per_minute: limitPerMinute, expires_at: expiresAt } = await readBody(c, newKeyBody)
    const input = { name, scopes, limitPerMinute, expiresAt, ...changeOf(c) }
    return once<MadeKey, MadeKey>(c, deps, {
      run: (keep) => createKey(keyDeps, input, keep),
      recall: async (made) => made,
      answer: async (made) => ok(c, made, { message: 'keep the key: it is shown this once', status: 201 }),
    })
  })

  routes.post('/admin/keys/:keyid/rotate', needs('admin'), async (c) => {
    const { grace_seconds: graceSeconds } = await readBody(c, rotateKeyBody)
    const input = { keyid: c.req.param('keyid'), graceSeconds, ...changeOf(c) }
    return once<RotatedKey, RotatedKey>(c, deps, {
      run: (keep) => rotateKey(keyDeps, input, keep),
      recall: async (rotated) => rotated, // its time has become text, as in the answer
      answer: async (rotated) => ok(c, rotated, { message: 'keep the key: it is shown this once' }),
    })
  })

  routes.delete('/admin/keys/:keyid', needs('admin'), async (c) => {
    const force = readQuery(c, revokeKeyQuery).force === 'true'
    const key = await revokeKey(keyDeps, { keyid: c.req.param('keyid'), force, ...changeOf(c) })
    return ok(c, key, { message: `${key.keyid} opens nothing any more, in five seconds at the latest` })
  })

  return routes
}

function changeOf(c: Context<ApiEnv>): { actor: string; requestId: string } {
  return { actor: `key:${c.get('key').keyid}`, requestId: c.get('requestId') }
}
