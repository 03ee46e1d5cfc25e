import { type BackupId, isBackupId, monthOf } from '#backups/format/backup-id'
import type { Codec } from '#backups/format/manifest'
import { isSourceName } from '#backups/format/source-name'

export interface BackupKeys {
  dump: string
  config: string
  manifest: string
  proof: string
  /** What became of the run that made it, or that failed to. */
  run: string
  /** What people write on it. */
  notes: string
}

/** `<source>/<yyyy>/<mm>/<id>/…`: all objects of one backup lie side by side. */
export function keysOf(source: string, id: BackupId): BackupKeys {
  const folder = folderOf(source, id)
  return {
    dump: `${folder}/dump.sql.gz`,
    config: `${folder}/config.tar.gz`,
    manifest: `${folder}/manifest.json`,
    proof: `${folder}/proof.json`,
    run: `${folder}/run.json`,
    notes: `${folder}/notes.json`,
  }
}

/** Where the data goes: named for what it is, so that a person knows what opens it. */
export function dataKeyOf(
  source: string,
  id: BackupId,
  { kind, codec }: { kind: 'postgres' | 'sqlite'; codec: Codec },
) {
  const name = kind === 'sqlite' ? 'database.sqlite' : 'dump.sql'
  return `${folderOf(source, id)}/${name}${codec === 'gzip' ? '.gz' : ''}`
}

function folderOf(source: string, id: BackupId): string {
  const { year, month } = monthOf(id)
  return `${source}/${year}/${month}/${id}`
}

/** With the slash at its end. */
export function folderOfKey(key: string): string {
  return key.slice(0, key.lastIndexOf('/') + 1)
}

const MANIFEST_KEY = /^(?<source>[^/]+)\/\d{4}\/\d{2}\/(?<id>[^/]+)\/manifest\.json$/

/** The backup whose manifest the key is; undefined for every other object. */
export function idOfManifestKey(key: string): BackupId | undefined {
  const id = MANIFEST_KEY.exec(key)?.groups?.['id']
  return id !== undefined && isBackupId(id) ? id : undefined
}

/** The same with the name of what was backed up. */
export function refOfManifestKey(key: string): { source: string; id: BackupId } | undefined {
  const source = MANIFEST_KEY.exec(key)?.groups?.['source']
  const id = idOfManifestKey(key)
  return source !== undefined && id !== undefined ? { source, id } : undefined
}

/** Whether the key is that of a run's record, which is no data. */
export function isRunKey(key: string): boolean {
  return backupOfKey(key) !== undefined && key.endsWith('/run.json')
}

const KEY_IN_FOLDER = /^(?<source>[^/]+)\/\d{4}\/\d{2}\/(?<id>[^/]+)\/./

/** The backup in whose folder the key lies; undefined outside of any. */
export function backupOfKey(key: string): { source: string; id: BackupId } | undefined {
  const { source = '', id = '' } = KEY_IN_FOLDER.exec(key)?.groups ?? {}
  return isSourceName(source) && isBackupId(id) ? { source, id } : undefined
}

/** Settings that were backed up alone have a name of their own, so that they never stand for the data's newest backup. */
export function configSourceOf(source: string): string {
  return `${source}-config`
}

/** The folders of `<source>/<yyyy>/<mm>/<id>/`, from the outermost. */
const LEVELS: ((name: string) => boolean)[] = [
  isSourceName,
  (name) => /^\d{4}$/.test(name),
  (name) => /^\d{2}$/.test(name),
  isBackupId,
]

/** Whether `a/b/` may be a folder of backups: a folder that they share with other things is not searched through. */
export function mayHoldBackups(folder: string): boolean {
  const names = folder.split('/').slice(0, -1)
  return names.every((name, level) => LEVELS[level]?.(name) ?? false)
}

/** Whether a key is that of an object in a backup's folder. */
export function isBackupKey(key: string): boolean {
  return backupOfKey(key) !== undefined
}
