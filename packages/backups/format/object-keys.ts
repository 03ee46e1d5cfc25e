import { type BackupId, isBackupId, getBackupMonth } from '#backups/format/backup-id'
import type { Codec, DataKind } from '#backups/format/manifest'
import { isSourceName } from '#backups/format/source-name'

interface BackupKeys {
  dump: string
  config: string
  manifest: string
  proof: string
  /** Record of the run that made the backup, or failed to. */
  run: string
  /** Notes and tags that people add. */
  notes: string
}

/** Builds keys of the form `<source>/<yyyy>/<mm>/<id>/…`: all objects of a backup lie side by side. */
export function buildBackupKeys(source: string, id: BackupId): BackupKeys {
  const folder = buildFolder(source, id)
  return {
    dump: `${folder}/dump.sql.gz`,
    config: `${folder}/config.tar.gz`,
    manifest: `${folder}/manifest.json`,
    proof: `${folder}/proof.json`,
    run: `${folder}/run.json`,
    notes: `${folder}/notes.json`,
  }
}

const DATA_NAMES: Record<DataKind, string> = { postgres: 'dump.sql', sqlite: 'database.sqlite' }

/** Builds the data's key. Its extension names the format, so that a person knows what opens it. */
export function buildDataKey(source: string, id: BackupId, { kind, codec }: { kind: DataKind; codec: Codec }): string {
  return `${buildFolder(source, id)}/${DATA_NAMES[kind]}${codec === 'gzip' ? '.gz' : ''}`
}

function buildFolder(source: string, id: BackupId): string {
  const { year, month } = getBackupMonth(id)
  return `${source}/${year}/${month}/${id}`
}

/** Returns the folder with its trailing slash. */
export function getKeyFolder(key: string): string {
  return key.slice(0, key.lastIndexOf('/') + 1)
}

const MANIFEST_KEY = /^(?<source>[^/]+)\/\d{4}\/\d{2}\/(?<id>[^/]+)\/manifest\.json$/

/** Returns the backup whose manifest has this key; undefined for other objects. */
export function parseManifestKeyId(key: string): BackupId | undefined {
  const id = MANIFEST_KEY.exec(key)?.groups?.['id']
  return id !== undefined && isBackupId(id) ? id : undefined
}

/** Returns the same with the source's name. */
export function parseManifestKey(key: string): { source: string; id: BackupId } | undefined {
  const source = MANIFEST_KEY.exec(key)?.groups?.['source']
  const id = parseManifestKeyId(key)
  return source !== undefined && id !== undefined ? { source, id } : undefined
}

/** True for the key of a run's record, which holds no data. */
export function isRunKey(key: string): boolean {
  return parseBackupKey(key) !== undefined && key.endsWith('/run.json')
}

const KEY_IN_FOLDER = /^(?<source>[^/]+)\/\d{4}\/\d{2}\/(?<id>[^/]+)\/./

/** Returns the backup whose folder holds the key; undefined outside of one. */
export function parseBackupKey(key: string): { source: string; id: BackupId } | undefined {
  const { source = '', id = '' } = KEY_IN_FOLDER.exec(key)?.groups ?? {}
  return isSourceName(source) && isBackupId(id) ? { source, id } : undefined
}

/**
 * Returns the source name of settings that are backed up alone. It differs from the data's, so that they never count as
 * the data's newest backup.
 */
export function nameConfigSource(source: string): string {
  return `${source}-config`
}

/** Folder levels of `<source>/<yyyy>/<mm>/<id>/`, from the outermost. */
const LEVELS: ((name: string) => boolean)[] = [
  isSourceName,
  (name) => /^\d{4}$/.test(name),
  (name) => /^\d{2}$/.test(name),
  isBackupId,
]

/** True when `a/b/` may contain backups. Backups may share a bucket with other data, whose folders are not searched. */
export function mayHoldBackups(folder: string): boolean {
  const names = folder.split('/').slice(0, -1)
  return names.every((name, level) => LEVELS[level]?.(name) ?? false)
}

/** True when a key lies in a backup's folder. */
export function isBackupKey(key: string): boolean {
  return parseBackupKey(key) !== undefined
}
