import { type BackupId, isBackupId, monthOf } from '#backups/backup-id'

export interface BackupKeys {
  dump: string
  manifest: string
  proof: string
}

/** `<source>/<yyyy>/<mm>/<id>/…`: all objects of one backup lie side by side. */
export function keysOf(source: string, id: BackupId): BackupKeys {
  const { year, month } = monthOf(id)
  const folder = `${source}/${year}/${month}/${id}`
  return { dump: `${folder}/dump.sql.gz`, manifest: `${folder}/manifest.json`, proof: `${folder}/proof.json` }
}

const MANIFEST_KEY = /\/\d{4}\/\d{2}\/(?<id>[^/]+)\/manifest\.json$/

/** The backup whose manifest the key is; undefined for every other object. */
export function idOfManifestKey(key: string): BackupId | undefined {
  const id = MANIFEST_KEY.exec(key)?.groups?.['id']
  return id !== undefined && isBackupId(id) ? id : undefined
}
