import type { Context, Hono } from 'hono'
import * as z from 'zod/mini'
import { backupListQuery, backupPlanQuery, backupQuery } from '#api/backups/inputs'
import { recordBackupRequest, recordProofRequest, wasRequested } from '#api/backups/request-backup'
import {
  serializeDescribed,
  serializeListed,
  serializePlanned,
  serializeRequested,
  serializeStats,
} from '#api/backups/serialize'
import { backupTable } from '#api/backups/table'
import { buildAuditContext } from '#api/http/audit-context'
import type { ApiEnv } from '#api/http/context'
import { sendData } from '#api/http/envelope'
import { parsePageQuery } from '#api/http/legacy-pages'
import { parseQuery } from '#api/http/validate'
import { withIdempotencyKey, type Work } from '#api/middleware/idempotency'
import { mountRoutes } from '#api/middleware/mount-routes'
import { type BackupId, createBackupId, isBackupId, parseBackupId } from '#backups/format/backup-id'
import { nameConfigSource } from '#backups/format/object-keys'
import { isSourceName } from '#backups/format/source-name'
import { isRequestOpen } from '#backups/operations/backup-request'
import { describeBackup } from '#backups/operations/describe-backup'
import type { RunWatch } from '#backups/operations/failed-runs'
import { type CatalogDeps, listBackupPage } from '#backups/operations/list-page'
import { countOlder, listPlanPage, pickPlanned } from '#backups/operations/plan-page'
import { readStats } from '#backups/operations/read-stats'
import { isAllProven } from '#backups/operations/stats'
import type { BackupRef } from '#backups/store/catalog'
import type { Database } from '#db/client'
import { formatCursor, type Listing, parseCursor } from '#db/page'
import type { Clock } from '#platform/clock'
import { AppError } from '#platform/errors'
import { findNextTime } from '#platform/local-time'
import { formatCount } from '#platform/count-text'

export interface BackupRouteDeps {
  db: Database
  clock: Clock
  newId: () => string
  randomHex: () => string
  catalog: CatalogDeps
  /** Name of the database's backups. */
  source: string
  /** IANA time zone of the calendar for retention, and of the schedule. */
  timezone: string
  /** When the schedule makes a backup: `03:00`. */
  time: string
  /** Tells which runs are still alive, as of now. */
  watch: () => RunWatch
  requestBackup: (id: BackupId) => Promise<void>
  requestProof: (ref: BackupRef) => Promise<void>
}

type Place = [id: BackupId, source: string]

const place: z.ZodMiniType<Place> = z.tuple([
  z.custom<BackupId>((value) => typeof value === 'string' && isBackupId(value)),
  z.string().check(z.refine(isSourceName)),
])
const LIST: Listing<Place> = { name: 'backups', place }
const PLAN: Listing<Place> = { name: 'plan of backups', place }

export function createBackupRoutes(deps: BackupRouteDeps): Hono<ApiEnv> {
  const { db, catalog, timezone, watch, source: own } = deps
  const { open } = catalog
  const chooseSources = (source: string | undefined) => (source === undefined ? [own, nameConfigSource(own)] : [source])

  /** Sends after the transaction; a repeated request sends again when the first could not. */
  const accept = (
    c: Context<ApiEnv>,
    run: Work<BackupRef, BackupRef>['run'],
    send: (ref: BackupRef) => Promise<void>,
  ) =>
    withIdempotencyKey<BackupRef, BackupRef>(c, deps, {
      run,
      recall: async (ref) => ref,
      answer: async (ref) => {
        await send(ref)
        c.header('Location', `/api/v1/admin/backups/${ref.id}${ref.source === own ? '' : `?source=${ref.source}`}`)
        const { id, source } = ref
        return sendData(c, { id, source, state: 'requested' }, { message: 'accepted', status: 202 })
      },
    })

  return mountRoutes(backupTable, {
    listBackups: async (c) => {
      const { source, cursor, ...query } = parsePageQuery(c, backupListQuery)
      const input = { ...query, sources: chooseSources(source), after: parsePlace(LIST, cursor) }
      const { items, last } = await listBackupPage(catalog, input, watch())
      const page = { backups: items.map(serializeListed), nextCursor: formatPlace(LIST, last) }
      return sendData(c, page, { message: formatCount(items.length, 'backup') })
    },

    getBackupStats: async (c) => {
      const names = chooseSources(parseQuery(c, backupQuery).source)
      const now = watch()
      const views = await Promise.all(names.map(async (name) => ({ name, view: await catalog.open(name) })))
      const read = await Promise.all(views.map(({ name, view }) => readStats(pickPlanned(view), name, now)))
      const stats = read.filter((each) => each !== undefined)
      const older = countOlder(views.map(({ view }) => view))
      const message = `${stats.filter(isAllProven).length} of ${formatCount(stats.length, 'name')} proven`
      const nextRunAt = findNextTime(toMinutes(deps.time), timezone, now.now)
      return sendData(c, { stats: stats.map(serializeStats), older, nextRunAt }, { message })
    },

    getBackupPlan: async (c) => {
      const { source, cursor, ...query } = parsePageQuery(c, backupPlanQuery)
      const when = { now: watch().now, timezone }
      const input = { ...query, ...when, sources: chooseSources(source), after: parsePlace(PLAN, cursor) }
      const { items, last, older } = await listPlanPage(catalog, input)
      const page = { backups: items.map(serializePlanned), older, nextCursor: formatPlace(PLAN, last) }
      return sendData(c, page, { message: `${formatCount(items.length, 'decision')}; nothing was changed` })
    },

    startBackup: async (c) => {
      const now = watch()
      const request = { source: own, id: createBackupId(now.now, deps.randomHex()), ...buildAuditContext(c) }
      const run: Work<BackupRef, BackupRef>['run'] = (keep) => recordBackupRequest({ db, open }, request, now, keep)
      return accept(c, run, ({ id }) => deps.requestBackup(id))
    },

    verifyBackup: async (c) => {
      const sources = chooseSources(parseQuery(c, backupQuery).source)
      const request = { sources, id: parseBackupId(c.req.param('id')), ...buildAuditContext(c) }
      return accept(c, (keep) => recordProofRequest({ db, open }, request, keep), deps.requestProof)
    },

    getBackup: async (c) => {
      const { source } = parseQuery(c, backupQuery)
      const id = parseBackupId(c.req.param('id'))
      const described = await describeBackup(catalog, { sources: chooseSources(source), id, timezone }, watch()).catch(
        async (error: unknown) => {
          const isMissing = error instanceof AppError && error.code === 'BACKUP_NOT_FOUND'
          if (isMissing && (await wasRequested(db, { source: own, id }))) return undefined
          throw error
        },
      )
      if (!described) {
        const requested = serializeRequested({ source: own, id }, isRequestOpen(id, watch().now))
        return sendData(c, requested, { message: `${id} is ${requested.state}` })
      }
      return sendData(c, serializeDescribed(described), { message: `${id} is ${described.listed.state}` })
    },
  })
}

/** `03:00` is 180. */
function toMinutes(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number)
  return hours * 60 + minutes
}

function parsePlace(listing: Listing<Place>, cursor: string | undefined): BackupRef | undefined {
  const parsed = parseCursor(listing, cursor)
  return parsed && { id: parsed[0], source: parsed[1] }
}

function formatPlace(listing: Listing<Place>, last: BackupRef | undefined): string | null {
  return last ? formatCursor(listing, [last.id, last.source]) : null
}
