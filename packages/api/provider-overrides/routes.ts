import type { Context, Hono } from 'hono'
import { buildAuditContext } from '#api/http/audit-context'
import type { ApiEnv } from '#api/http/context'
import { sendData } from '#api/http/envelope'
import { pageQuery } from '#api/http/fields'
import { parsePageQuery } from '#api/http/legacy-pages'
import { validateInput, parseBody } from '#api/http/validate'
import { withIdempotencyKey } from '#api/middleware/idempotency'
import { mountRoutes } from '#api/middleware/mount-routes'
import { overrideBody, overrideKey } from '#api/provider-overrides/inputs'
import { overrideTable } from '#api/provider-overrides/table'
import type { Database } from '#db/client'
import type { Clock } from '#platform/clock'
import {
  deleteOverride,
  listOverrides,
  type OverrideChange,
  type OverrideKey,
  type OverrideRow,
  putOverride,
} from '#leads/provider-overrides'
import type { CurrentOverrides } from '#scans/cache/current-overrides'
import { formatCount } from '#platform/count-text'

interface OverrideRouteDeps {
  db: Database
  clock: Clock
  newId: () => string
  overrides: CurrentOverrides
}

/** A change applies to the next scan of this process, and to other processes within a minute. */
export function createOverrideRoutes(deps: OverrideRouteDeps): Hono<ApiEnv> {
  const { db, overrides } = deps
  return mountRoutes(overrideTable, {
    listOverrides: async (c) => {
      const { items, nextCursor } = await listOverrides(db, parsePageQuery(c, pageQuery))
      return sendData(c, { overrides: items, nextCursor }, { message: formatCount(items.length, 'override') })
    },

    putOverride: async (c) => {
      const key = validateInput(overrideKey, c.req.param())
      const { provider_id: providerId, note } = await parseBody(c, overrideBody)
      return withIdempotencyKey<OverrideRow, OverrideRow>(c, deps, {
        run: (keep) => putOverride(db, { ...key, providerId, note }, describeChange(c), keep),
        recall: async (row) => row, // JSON turned its time into text, as in the answer
        answer: async (row) => {
          overrides.invalidate()
          return sendData(c, row, { message: `${row.suffix} now belongs to ${row.providerId}` })
        },
      })
    },

    deleteOverride: async (c) => {
      const key = validateInput(overrideKey, c.req.param())
      return withIdempotencyKey<OverrideKey, OverrideKey>(c, deps, {
        run: async (keep) => {
          await deleteOverride(db, key, describeChange(c), keep)
          return key
        },
        recall: async (key) => key,
        answer: async (key) => {
          overrides.invalidate()
          return sendData(c, key, { message: `the override of ${key.suffix} is removed` })
        },
      })
    },
  })
}

function describeChange(c: Context<ApiEnv>): OverrideChange {
  return { ...buildAuditContext(c), at: c.get('clock').now() }
}
