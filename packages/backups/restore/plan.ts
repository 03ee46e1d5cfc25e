import { requireKind } from '#backups/store/catalog'
import type { BackupId } from '#backups/format/backup-id'
import { buildDatabaseName, findFreeDatabaseName, openAdminConnection } from '#backups/postgres/database-names'
import { listLeftovers } from '#backups/restore/replaced-databases'
import type { Proof } from '#backups/format/manifest'
import type { ObjectStore } from '#backups/store/object-store'
import { showUndamaged } from '#backups/restore/restorable'
import { findMissingRoles } from '#backups/restore/roles'
import { type RestoreInput, summarizeManifest } from '#backups/restore/replace-live'
import { findObstacles } from '#backups/restore/obstacles'
import { requireWhole } from '#backups/dump/scope'
import { getDatabaseName } from '#backups/postgres/session'

/** Effects of a restore, for `--dry-run`. */
export interface RestorePlan {
  id: BackupId
  /** The database that the restore would replace, if it exists. */
  live: { name: string; sizeBytes?: number; connections?: number }
  fetchBytes: number
  /** Size of rows and definitions before compression. */
  rawBytes: number
  tables: number
  rows: number
  /** Databases that crashed restores left, which the restore drops. */
  drops: string[]
  /** Roles that the server lacks, when the user asked for roles. */
  roles?: string[]
  creates: string
  renames: { from: string; to: string }[]
  /** Obstacles to the rename, each with its remedy. The restore refuses to start unless there are none. */
  obstacles: string[]
  /** Estimated time for restoring and comparing, at the rate of this backup's proof; absent before its first proof. */
  estimateMs?: number
  isVerified: boolean
}

/** Reads and changes nothing. @throws AppError BACKUP_NOT_FOUND, BACKUP_DAMAGED, DATABASE_UNAVAILABLE */
export async function planRestore({ store }: { store: ObjectStore }, input: RestoreInput): Promise<RestorePlan> {
  const { manifest, proof, state } = await showUndamaged(store, input)
  const dump = requireKind(manifest, 'postgres')
  requireWhole(dump)
  const live = getDatabaseName(input.databaseUrl)
  const { admin } = await openAdminConnection(input.databaseUrl)
  try {
    const { rows } = await admin.query<{ bytes: string; connections: number }>(
      `SELECT pg_catalog.pg_database_size(oid) AS bytes,
         (SELECT count(*)::int FROM pg_catalog.pg_stat_activity WHERE datid = d.oid) AS connections
       FROM pg_catalog.pg_database d WHERE datname = $1`,
      [live],
    )
    const [found] = rows
    const beside = buildDatabaseName(live, 'restore', input.id)
    const before = await findFreeDatabaseName(admin, buildDatabaseName(live, 'before', input.id))
    return {
      ...summarizeManifest(dump),
      live: found ? { name: live, sizeBytes: Number(found.bytes), connections: found.connections } : { name: live },
      fetchBytes: dump.object.gzipBytes,
      rawBytes: dump.object.rawBytes,
      drops: await listLeftovers(admin, live),
      ...(input.roles ? { roles: await findMissingRoles(admin, dump) } : {}),
      creates: beside,
      renames: [...(found ? [{ from: live, to: before }] : []), { from: beside, to: live }],
      obstacles: await findObstacles(admin, live),
      ...estimate(proof),
      isVerified: state === 'verified',
    }
  } finally {
    await admin.end()
  }
}

function estimate(proof: Proof | undefined): { estimateMs?: number } {
  if (proof?.restoreMs === undefined) return {}
  return { estimateMs: proof.restoreMs + (proof.compareMs ?? 0) }
}
