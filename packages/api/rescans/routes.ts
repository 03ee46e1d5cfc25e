import type { Hono } from 'hono'
import type { ApiEnv } from '#api/http/context'
import { sendData } from '#api/http/envelope'
import { serializeLead } from '#api/leads/serialize'
import { withIdempotencyKey } from '#api/middleware/idempotency'
import { mountRoutes } from '#api/middleware/mount-routes'
import { rescanTable } from '#api/rescans/table'
import { actForCaller } from '#api/scans/act-for-caller'
import type { Change } from '#leads/changes/change-types'
import { getLead } from '#leads/get-lead'
import { findListed } from '#leads/listed/find-listed'
import { formatMove, type Move } from '#leads/moves/name-moves'
import type { SavedLead } from '#leads/save-signals'
import { rescanDomain, type ScanDeps } from '#scans/scan-domain'
import type { Domain } from '#signals/normalise'

interface RescanRouteDeps extends ScanDeps {
  newId: () => string
}

interface Rescanned {
  domain: Domain
  changes: Change[]
  /** Missing where an earlier version recorded the outcome. */
  moves?: Move[]
}

export function createRescanRoutes(deps: RescanRouteDeps): Hono<ApiEnv> {
  return mountRoutes(rescanTable, {
    rescanLead: async (c) => {
      return withIdempotencyKey<Rescanned, SavedLead>(c, deps, {
        run: (keep) =>
          rescanDomain(actForCaller(c, deps), c.req.param('domain'), (tx, { lead, changes, moves }) =>
            keep(tx, { domain: lead.domain, changes, moves }),
          ),
        recall: async ({ domain, changes, moves = [] }) => ({ lead: await getLead(deps.db, domain), changes, moves }),
        answer: async ({ lead, changes, moves }) => {
          const message = `${lead.domain} scanned, ${changes.length} changes`
          const listed = await findListed(deps.db, lead.domain)
          const named = moves.map((move) => ({ move: formatMove(move), ...move }))
          return sendData(c, { ...serializeLead(lead, listed), changes, moves: named }, { message })
        },
      })
    },
  })
}
