import type { Hono } from 'hono'
import * as z from 'zod/mini'
import { backupListQuery, backupQuery } from '#api/backups/inputs'
import { serializeDescribed, serializeListed } from '#api/backups/serialize'
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

const NEWEST_FIRST: Listing<[id: BackupId, source: string]> = {
  name: 'backups newest first',
  place: z.tuple([
    z.custom<BackupId>((value) => typeof value === 'string' && isBackupId(value)),
    z.string().check(z.refine(isSourceName)),
  ]),
}

export function createBackupRoutes({ catalog, sources, timezone, watch }: BackupRouteDeps): Hono<ApiEnv> {
  const chooseSources = (source: string | undefined) => (source === undefined ? sources : [source])
  return mountRoutes(backupTable, {
    listBackups: async (c) => {
      const { source, cursor, ...query } = parsePageQuery(c, backupListQuery)
      const place = parseCursor(NEWEST_FIRST, cursor)
      const after = place && { id: place[0], source: place[1] }
      const { items, last } = await listBackupPage(
        catalog,
        { ...query, sources: chooseSources(source), after },
        watch(),
      )
      const nextCursor = last ? formatCursor(NEWEST_FIRST, [last.id, last.source]) : null
      return sendData(c, { backups: items.map(serializeListed), nextCursor }, { message: `${items.length} backups` })
    },

    getBackup: async (c) => {
      const { source } = parseQuery(c, backupQuery)
      const id = parseBackupId(c.req.param('id'))
      const described = await describeBackup(catalog, { sources: chooseSources(source), id, timezone }, watch())
      return sendData(c, serializeDescribed(described), { message: `${id} is ${described.listed.state}` })
    },
  })
}
