import type { Hono } from 'hono'
import * as z from 'zod/mini'
import { backupListQuery, backupPlanQuery, backupQuery } from '#api/backups/inputs'
import { serializeDescribed, serializeListed, serializePlanned, serializeStats } from '#api/backups/serialize'
import { backupTable } from '#api/backups/table'
import type { ApiEnv } from '#api/http/context'
import { sendData } from '#api/http/envelope'
import { parsePageQuery } from '#api/http/legacy-pages'
import { parseQuery } from '#api/http/validate'
import { mountRoutes } from '#api/middleware/mount-routes'
import { type BackupId, isBackupId, parseBackupId } from '#backups/format/backup-id'
import { isSourceName } from '#backups/format/source-name'
import { describeBackup } from '#backups/operations/describe-backup'
import type { RunWatch } from '#backups/operations/failed-runs'
import { type CatalogDeps, listBackupPage } from '#backups/operations/list-page'
import { countOlder, listPlanPage, pickPlanned } from '#backups/operations/plan-page'
import { readStats } from '#backups/operations/read-stats'
import { isAllProven } from '#backups/operations/stats'
import type { BackupRef } from '#backups/store/catalog'
import { formatCursor, type Listing, parseCursor } from '#db/page'

export interface BackupRouteDeps {
  catalog: CatalogDeps
  /** Names of the database's backups and of its settings'. */
  sources: readonly string[]
  /** IANA time zone of the calendar for retention. */
  timezone: string
  /** Tells which runs are still alive, as of now. */
  watch: () => RunWatch
}

type Place = [id: BackupId, source: string]

const place: z.ZodMiniType<Place> = z.tuple([
  z.custom<BackupId>((value) => typeof value === 'string' && isBackupId(value)),
  z.string().check(z.refine(isSourceName)),
])
const LIST: Listing<Place> = { name: 'backups', place }
const PLAN: Listing<Place> = { name: 'plan of backups', place }

export function createBackupRoutes({ catalog, sources, timezone, watch }: BackupRouteDeps): Hono<ApiEnv> {
  const chooseSources = (source: string | undefined) => (source === undefined ? sources : [source])
  return mountRoutes(backupTable, {
    listBackups: async (c) => {
      const { source, cursor, ...query } = parsePageQuery(c, backupListQuery)
      const input = { ...query, sources: chooseSources(source), after: parsePlace(LIST, cursor) }
      const { items, last } = await listBackupPage(catalog, input, watch())
      const page = { backups: items.map(serializeListed), nextCursor: formatPlace(LIST, last) }
      return sendData(c, page, { message: `${items.length} backups` })
    },

    getBackupStats: async (c) => {
      const names = chooseSources(parseQuery(c, backupQuery).source)
      const now = watch()
      const views = await Promise.all(names.map(async (name) => ({ name, view: await catalog.open(name) })))
      const read = await Promise.all(views.map(({ name, view }) => readStats(pickPlanned(view), name, now)))
      const stats = read.filter((each) => each !== undefined)
      const older = countOlder(views.map(({ view }) => view))
      const message = `${stats.filter(isAllProven).length} of ${stats.length} names are proven`
      return sendData(c, { stats: stats.map(serializeStats), older }, { message })
    },

    getBackupPlan: async (c) => {
      const { source, cursor, ...query } = parsePageQuery(c, backupPlanQuery)
      const when = { now: watch().now, timezone }
      const input = { ...query, ...when, sources: chooseSources(source), after: parsePlace(PLAN, cursor) }
      const { items, last, older } = await listPlanPage(catalog, input)
      const page = { backups: items.map(serializePlanned), older, nextCursor: formatPlace(PLAN, last) }
      return sendData(c, page, { message: `${items.length} decisions; nothing was changed` })
    },

    getBackup: async (c) => {
      const { source } = parseQuery(c, backupQuery)
      const id = parseBackupId(c.req.param('id'))
      const described = await describeBackup(catalog, { sources: chooseSources(source), id, timezone }, watch())
      return sendData(c, serializeDescribed(described), { message: `${id} is ${described.listed.state}` })
    },
  })
}

function parsePlace(listing: Listing<Place>, cursor: string | undefined): BackupRef | undefined {
  const parsed = parseCursor(listing, cursor)
  return parsed && { id: parsed[0], source: parsed[1] }
}

function formatPlace(listing: Listing<Place>, last: BackupRef | undefined): string | null {
  return last ? formatCursor(listing, [last.id, last.source]) : null
}
