import { Hono } from 'hono'
import * as z from 'zod/mini'
import type { Context } from 'hono'
import type { ApiEnv } from '#api/http/context'
import { ok } from '#api/http/envelope'
import { once } from '#api/middleware/idempotency'
import { oneLine } from '#db/input-fields'
import type { Needs } from '#api/middleware/authorise'
import { pageQuery } from '#api/page-query'
import { checkInput, readBody, readQuery } from '#api/http/validate'
import type { Database } from '#db/client'
import { OVERRIDE_SIGNALS } from '#db/tables'
import type { Clock } from '#platform/clock'
import {
  deleteOverride,
  listOverrides,
  type OverrideChange,
  type OverrideKey,
  type OverrideRow,
  PROVIDER_IDS,
  putOverride,
} from '#leads/provider-overrides'
import type { CurrentOverrides } from '#scans/cache/current-overrides'
import { normaliseDomain } from '#signals/normalise'

export interface OverrideRouteDeps {
  db: Database
  clock: Clock
  newId: () => string
  overrides: CurrentOverrides
}

const SUFFIX = /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,62})(?:\.[a-z0-9_](?:[a-z0-9_-]{0,62}))+$/

/** A public suffix would give every company below it the same provider. */
const suffix = z
  .pipe(
    z.string().check(z.maxLength(254, 'is too long')),
    z.transform((text: string) => text.toLowerCase().replace(/\.$/, '')),
  )
  .check(
    z.refine((text: string) => SUFFIX.test(text) && isBelowPublicSuffix(text), {
      error: 'must be a domain or a host below a domain, such as mail.provider.com',
    }),
  )

export const overrideKey = z.strictObject({
  signal: z.enum(OVERRIDE_SIGNALS, `must be one of ${OVERRIDE_SIGNALS.join(', ')}`),
  suffix,
})

export const overrideBody = z.strictObject({
  provider_id: z.enum(PROVIDER_IDS, 'must be the id of a known provider, such as google-workspace'),
  note: z._default(oneLine(0, 500), ''),
})

/** A change counts for the next scan of this process at once, and within a minute for those of all others. */
export function overrideRoutes(deps: OverrideRouteDeps, needs: Needs): Hono<ApiEnv> {
  const { db, overrides } = deps
  const routes = new Hono<ApiEnv>()

  routes.get('/admin/provider-overrides', needs('admin'), async (c) => {
    const { items, nextCursor } = await listOverrides(db, readQuery(c, pageQuery))
    return ok(c, { overrides: items, nextCursor }, { message: `${items.length} overrides` })
  })

  routes.put('/admin/provider-overrides/:signal/:suffix', needs('admin'), async (c) => {
    const key = checkInput(overrideKey, c.req.param())
    const { provider_id: providerId, note } = await readBody(c, overrideBody)
    return once<OverrideRow, OverrideRow>(c, deps, {
      run: (keep) => putOverride(db, { ...key, providerId, note }, changeOf(c), keep),
      recall: async (row) => row, // its time has become text, as in the answer
      answer: async (row) => {
        overrides.forget()
        return ok(c, row, { message: `${row.suffix} now means ${row.providerId}` })
      },
    })
  })

  routes.delete('/admin/provider-overrides/:signal/:suffix', needs('admin'), async (c) => {
    const key = checkInput(overrideKey, c.req.param())
    return once<OverrideKey, OverrideKey>(c, deps, {
      run: async (keep) => {
        await deleteOverride(db, key, changeOf(c), keep)
        return key
      },
      recall: async (key) => key,
      answer: async (key) => {
        overrides.forget()
        return ok(c, key, { message: `${key.suffix} is as built in again` })
      },
    })
  })

  return routes
}

function changeOf(c: Context<ApiEnv>): OverrideChange {
  return { actor: `key:${c.get('key').keyid}`, at: c.get('clock').now(), requestId: c.get('requestId') }
}

function isBelowPublicSuffix(text: string): boolean {
  try {
    normaliseDomain(text)
    return true
  } catch {
    return false
  }
}
