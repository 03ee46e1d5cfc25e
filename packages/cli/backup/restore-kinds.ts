import { resolve } from 'node:path'
import type { BackupRef } from '#backups/store/catalog'
import { readAnyManifest } from '#backups/store/catalog'
import { restoreConfig } from '#backups/config/read'
import type { DataKind } from '#backups/format/manifest'
import type { ObjectStore } from '#backups/store/object-store'
import type { SqliteRestoreReport } from '#backups/sqlite/restore'
import { formatJson } from '#cli/backup/report'
import { readPostgresUrl } from '#cli/backup/restore-url'
import { parseSqlitePath } from '#cli/backup/source'
import { paint, print, formatSeconds } from '#cli/terminal'
import { readBackupConfig } from '#runtime/backup-config'
import { systemClock } from '#platform/clock'
import { formatCount } from '#platform/count-text'

/** The target of `--to`: a database on a server, or a file. */
export type RestoreTo = { [Kind in DataKind]: { kind: Kind } & Destination[Kind] }[DataKind]

/** Where a backup of each kind goes; `parseTo` reads it. */
interface Destination {
  postgres: { url: string }
  sqlite: { path: string }
}

/** @throws AppError USAGE */
export async function parseTo(text: string): Promise<RestoreTo> {
  const path = parseSqlitePath(text)
  if (path !== undefined) return { kind: 'sqlite', path }
  return { kind: 'postgres', url: await readPostgresUrl(text, '--to') }
}

interface Restoring {
  store: ObjectStore
  ref: BackupRef
  json: boolean | undefined
}

/** Writes a backup's settings into a new folder. */
export async function restoreSettings({ store, ref, ...how }: Restoring, dir: string): Promise<void> {
  const { config } = await readAnyManifest(store, ref)
  const { passphrase } = readBackupConfig(process.env, [])
  const files = await restoreConfig(store, config, { dir, passphrase })
  if (how.json) return print(formatJson({ id: ref.id, dir: resolve(dir), files }))
  print(`${paint('green', 'Restored')} the settings of ${paint('bold', ref.id)}: ${formatCount(files.length, 'file')}`)
  for (const file of files) print(`  ${resolve(dir, file)}`)
}

/** Restores a database file into its place; the previous file stays beside it. */
export async function restoreFile({ store, ref, ...how }: Restoring, path: string): Promise<SqliteRestoreReport> {
  const { restoreSqlite } = await import('#backups/sqlite/restore')
  const report = await restoreSqlite({ store, clock: systemClock }, { ...ref, path })
  if (how.json) {
    print(formatJson(report))
    return report
  }
  const { tables, rows, totalMs, keptAs } = report
  const counts = `${formatCount(tables, 'table')}, ${formatCount(rows, 'row')}, all equal`
  print(`${paint('green', 'Restored')} ${paint('bold', ref.id)} as ${report.path}: ${counts}`)
  print(`  recovery time  ${formatSeconds(totalMs)}`)
  if (keptAs !== undefined) print(`  kept           the previous file, as ${keptAs}`)
  return report
}
