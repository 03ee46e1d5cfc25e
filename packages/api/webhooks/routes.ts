import type { Hono } from 'hono'
import { buildAuditContext } from '#api/http/audit-context'
import type { ApiEnv } from '#api/http/context'
import { sendData } from '#api/http/envelope'
import { pageQuery } from '#api/http/fields'
import { parsePageQuery } from '#api/http/legacy-pages'
import { parseBody, parseQuery } from '#api/http/validate'
import { rotateKeyBody } from '#api/keys/inputs'
import type { KeyRouteDeps } from '#api/keys/routes'
import { withIdempotencyKey } from '#api/middleware/idempotency'
import { mountRoutes } from '#api/middleware/mount-routes'
import { revokeWebhookQuery } from '#api/webhooks/inputs'
import { webhookTable } from '#api/webhooks/table'
import { newWebhookBody } from '#keys/webhooks/fields'
import type { CreatedWebhook, RotatedWebhook } from '#keys/webhooks/lifecycle'
import { formatCount } from '#platform/count-text'

/** Administrators call these rarely: the first call loads what does the work. */
const loadLifecycle = () => import('#keys/webhooks/lifecycle')

const SAVE_NOW = 'save the secret now: Hunter shows it only once'

/** As with keys, only one answer contains a secret, and its stored copy is encrypted. */
export function createWebhookRoutes({ keyDeps, newId }: KeyRouteDeps): Hono<ApiEnv> {
  const deps = { ...keyDeps, newId, seal: keyDeps }
  return mountRoutes(webhookTable, {
    listWebhooks: async (c) => {
      const { listWebhooks } = await loadLifecycle()
      const { items, nextCursor } = await listWebhooks(keyDeps, parsePageQuery(c, pageQuery))
      return sendData(c, { webhooks: items, nextCursor }, { message: formatCount(items.length, 'webhook') })
    },

    createWebhook: async (c) => {
      const input = { ...(await parseBody(c, newWebhookBody)), ...buildAuditContext(c) }
      const { createWebhook } = await loadLifecycle()
      return withIdempotencyKey<CreatedWebhook, CreatedWebhook>(c, deps, {
        run: (keep) => createWebhook(deps, input, keep),
        recall: async (created) => created,
        answer: async (created) => sendData(c, created, { message: SAVE_NOW, status: 201 }),
      })
    },

    rotateWebhook: async (c) => {
      const { grace_seconds: graceSeconds } = await parseBody(c, rotateKeyBody)
      const input = { id: c.req.param('webhook'), graceSeconds, ...buildAuditContext(c) }
      const { rotateWebhook } = await loadLifecycle()
      return withIdempotencyKey<RotatedWebhook, RotatedWebhook>(c, deps, {
        run: (keep) => rotateWebhook(deps, input, keep),
        recall: async (rotated) => rotated,
        answer: async (rotated) => sendData(c, rotated, { message: SAVE_NOW }),
      })
    },

    revokeWebhook: async (c) => {
      const oldSecretOnly = parseQuery(c, revokeWebhookQuery).secret === 'previous'
      const { revokeWebhook } = await loadLifecycle()
      const input = { id: c.req.param('webhook'), oldSecretOnly, ...buildAuditContext(c) }
      const webhook = await revokeWebhook(keyDeps, input)
      return sendData(c, webhook, { message: oldSecretOnly ? 'the old secret has ended' : 'the webhook is revoked' })
    },
  })
}
