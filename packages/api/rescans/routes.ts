import type { Hono } from 'hono'
import { buildAuditContext } from '#api/http/audit-context'
import type { ApiEnv } from '#api/http/context'
import { sendData } from '#api/http/envelope'
import { parseBody } from '#api/http/validate'
import { rescanBody, scheduleBody } from '#api/rescans/inputs'
import { changeSchedule } from '#scans/rescans/schedule'
import { readStatus } from '#scans/rescans/situation'
import { serializeLead } from '#api/leads/serialize'
import { withIdempotencyKey } from '#api/middleware/idempotency'
import { mountRoutes } from '#api/middleware/mount-routes'
import { answerDryRun, startRescans } from '#api/rescans/rescan-many'
import { rescanTable } from '#api/rescans/table'
import type { ScanRouteDeps } from '#api/scans/routes'
import { actForCaller } from '#api/scans/act-for-caller'
import type { Change } from '#leads/changes/change-types'
import { getLead } from '#leads/get-lead'
import { findListed } from '#leads/listed/find-listed'
import { formatMove, type Move } from '#leads/moves/name-moves'
import type { SavedLead } from '#leads/save-signals'
import { rescanDomain } from '#scans/scan-domain'
import type { Domain } from '#signals/normalise'
import { formatCount } from '#platform/count-text'

interface Rescanned {
  domain: Domain
  changes: Change[]
  /** Missing where an earlier version recorded the outcome. */
  moves?: Move[]
}

export function createRescanRoutes(deps: ScanRouteDeps): Hono<ApiEnv> {
  return mountRoutes(rescanTable, {
    rescanLead: async (c) => {
      return withIdempotencyKey<Rescanned, SavedLead>(c, deps, {
        run: (keep) =>
          rescanDomain(actForCaller(c, deps), c.req.param('domain'), (tx, { lead, changes, moves }) =>
            keep(tx, { domain: lead.domain, changes, moves }),
          ),
        recall: async ({ domain, changes, moves = [] }) => ({ lead: await getLead(deps.db, domain), changes, moves }),
        answer: async ({ lead, changes, moves }) => {
          const message = `${lead.domain} scanned, ${formatCount(changes.length, 'change')}`
          const listed = await findListed(deps.db, lead.domain)
          const named = moves.map((move) => ({ move: formatMove(move), ...move }))
          return sendData(c, { ...serializeLead(lead, listed), changes, moves: named }, { message })
        },
      })
    },

    rescanLeads: async (c) => {
      const body = await parseBody(c, rescanBody)
      return body.dry_run ? answerDryRun(c, deps, body) : startRescans(c, deps, body)
    },

    getSchedule: async (c) => {
      const status = await readStatus(deps.db, c.get('clock').now())
      return sendData(c, status, { message: status.paused ? 'rescans are paused' : 'rescans are on' })
    },

    putSchedule: async (c) => {
      const { every_days: everyDays, ...changes } = await parseBody(c, scheduleBody)
      await changeSchedule(deps, { everyDays, ...changes }, buildAuditContext(c))
      return sendData(c, await readStatus(deps.db, deps.clock.now()), { message: 'schedule changed' })
    },
  })
}
