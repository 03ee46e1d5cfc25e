import { AppError } from '#platform/errors'
import { describeContents } from '#backups/dump/catalog-objects'
import { compareCatalog, compareRows, type Comparison, requireEqual } from '#backups/restore/compare'
import { alterDatabaseSql, applyWhatFits, fitProperties, readProperties } from '#backups/postgres/database-properties'
import { listLacking } from '#backups/dump/incomplete'
import type { Manifest } from '#backups/format/manifest'
import { explainVersionMismatch } from '#backups/restore/version-mismatch'
import { openPostgresTarget } from '#backups/restore/postgres-target'
import { checkObject } from '#backups/store/read-object'
import { refuseReadOnly } from '#backups/restore/refuse-read-only'
import { explainDamage, readRestorable } from '#backups/restore/restorable'
import {
  describeOmittedOwners,
  mapRestoreFailure,
  type RestoreDeps,
  type RestoreInput,
  type RestoreReport,
  summarizeManifest,
  measureMs,
} from '#backups/restore/replace-live'
import { restoreDump } from '#backups/restore/load-dump'
import { reportProgress } from '#backups/restore/progress'
import { restoreRoles } from '#backups/restore/roles'
import { requireRoles } from '#backups/restore/rights'
import type { RestoreTarget } from '#backups/restore/target'
import { getDatabaseName, openSession } from '#backups/postgres/session'
import { parseSubscriptions } from '#backups/restore/subscription-text'
import { describeCopiedSubscriptions } from '#backups/restore/subscriptions'

/**
 * Restores into an empty database in one transaction: it is filled completely or stays empty. Definitions can be
 * compared only after the commit, and the database is the user's, so it stays as it is when they differ. @throws
 * AppError RESTORE_TARGET_IN_USE when it is not empty; otherwise the errors of `restoreBackup`
 */
export async function restoreInto(
  { store, clock, onProgress }: RestoreDeps,
  input: RestoreInput,
): Promise<RestoreReport> {
  const startedAt = clock.now().getTime()
  const manifest = await readRestorable(store, input, 'whole')
  const database = getDatabaseName(input.databaseUrl)
  const target = reportProgress(await openPostgresTarget(input.databaseUrl, 1, input.noOwner), manifest, onProgress)
  try {
    await refuseReadOnly(target.query, database)
    await refuseUnlessEmpty(target, database)
    const made = input.roles ? await restoreRoles(input.databaseUrl, manifest, input.roles.passphrase) : []
    if (!input.noOwner) await requireRoles(store, manifest, target.query)
    const fill = async () => {
      await target.execute('BEGIN')
      const restoreMs = await measureMs(clock, () => restoreDump(store, manifest, target))
      const compareMs = await measureMs(clock, async () => requireEqual(await compareRows(store, manifest, target)))
      await target.execute('COMMIT')
      requireLikeDump(await compareCatalog(store, manifest, target), database)
      return { restoreMs, compareMs }
    }
    const checkBytes = () => checkObject(store, manifest.object)
    const times = await mapRestoreFailure(() =>
      explainVersionMismatch(manifest, target, () => explainDamage(fill, checkBytes)),
    )
    const copied = describeCopiedSubscriptions(await parseSubscriptions(store, manifest))
    const remarks = [
      ...made,
      ...(await applyProperties(input.databaseUrl, database, manifest)),
      ...copied,
      ...describeOmittedOwners(input),
      ...listLacking(manifest),
    ]
    return { ...summarizeManifest(manifest), database, ...times, remarks, totalMs: clock.now().getTime() - startedAt }
  } finally {
    await target.close() // Rolls back uncommitted work.
  }
}

function requireLikeDump(compared: Comparison, database: string): void {
  if (compared.passed) return
  const kept = `${database} now has every row but differs in other ways; drop it if you do not need it`
  throw new AppError('RESTORE_FAILED', `${kept} (${compared.name}: ${compared.reason})`)
}

/** Applies the source database's comment, settings and rights. The target keeps its owner, name and locale. */
async function applyProperties(databaseUrl: string, database: string, manifest: Manifest): Promise<string[]> {
  const recorded = manifest.database.properties
  if (!recorded) return []
  const session = await openSession(databaseUrl)
  try {
    const owner = (await readProperties(session, database))?.owner
    const { properties, remarks } = await fitProperties(session, recorded, owner)
    return [...remarks, ...(await applyWhatFits(session, alterDatabaseSql(database, properties)))]
  } finally {
    await session.end()
  }
}

async function refuseUnlessEmpty(target: RestoreTarget, database: string): Promise<void> {
  const contents = await describeContents(target.query)
  if (contents === '') return
  throw new AppError('RESTORE_TARGET_IN_USE', `the database ${database} is not empty (${contents})`)
}
