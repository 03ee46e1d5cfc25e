import * as z from 'zod/mini'
import { AppError } from '#platform/errors'
import { type BackupId, isBackupId } from '#backups/format/backup-id'
import type { CatalogStore } from '#backups/store/catalog'

export const DRILL_VERSION = 1

const count = z.int().check(z.nonnegative())

const drillSchema = z.object({
  version: z.literal(DRILL_VERSION),
  backupId: z.custom<BackupId>((value) => typeof value === 'string' && isBackupId(value)),
  startedAt: z.iso.datetime(),
  passed: z.boolean(),
  /** Reason of the failure. */
  reason: z.optional(z.string()),
  /** Recovery time: from the first step to the last compared row. Absent when the drill failed. */
  totalMs: z.optional(count),
  restoreMs: z.optional(count),
  compareMs: z.optional(count),
  tables: z.optional(count),
  rows: z.optional(count),
  toolVersion: z.string(),
})

/** Result of a drill. It is stored beside the restored backup and removed with it. */
export type Drill = z.infer<typeof drillSchema>

const DRILL_KEY = /\/drill\.json$/

/** Returns drills oldest first and skips reports of an unknown version. @throws AppError STORAGE_UNAVAILABLE */
export async function readDrills(store: CatalogStore, source: string): Promise<Drill[]> {
  const keys = (await store.listKeys(`${source}/`)).filter((key) => DRILL_KEY.test(key))
  const drills = await Promise.all(keys.map((key) => readDrill(store, key)))
  return drills.filter((drill) => drill !== undefined).sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1))
}

async function readDrill(store: CatalogStore, key: string): Promise<Drill | undefined> {
  try {
    return z.safeParse(drillSchema, await store.getJson(key)).data
  } catch (error) {
    if (error instanceof AppError && error.code === 'BACKUP_DAMAGED') return undefined
    throw error
  }
}
