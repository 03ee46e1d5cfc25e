import pLimit from 'p-limit'
import { AppError, messageOf } from '#platform/errors'
import type { BackupId } from '#backups/backup-id'
import {
  type AnyManifest,
  kindOf,
  type Manifest,
  objectsOf,
  parseAnyManifest,
  parseProof,
  type Proof,
  type SqliteManifest,
} from '#backups/manifest'
import { backupOfKey, idOfManifestKey, isRunKey, keysOf, refOfManifestKey } from '#backups/object-keys'
import type { ObjectStore } from '#backups/object-store'

/** The manifests in the bucket are the catalog: it outlives the database. */
export type CatalogStore = Pick<ObjectStore, 'getJson' | 'listKeys'>

export interface BackupRef {
  source: string
  id: BackupId
}

export type ProofState = 'verified' | 'failed' | 'unproven'

export type BackupEntry =
  | { id: BackupId; readable: true; manifest: AnyManifest; proof: Proof | undefined; state: ProofState }
  | { id: BackupId; readable: false; reason: string; state: 'failed' }

const READS_AT_ONCE = 8

/** Newest first. A backup whose manifest or proof cannot be read, or whose data is gone, is in the list and says so. */
export async function listBackups(store: CatalogStore, source: string): Promise<BackupEntry[]> {
  const keys = await store.listKeys(`${source}/`)
  const stored = new Set(keys)
  const ids = keys.map(idOfManifestKey).filter((id) => id !== undefined)
  const limit = pLimit(READS_AT_ONCE)
  const entries = await Promise.all(ids.map((id) => limit(() => readEntry(store, { source, id }, stored))))
  return entries.sort((a, b) => (a.id < b.id ? 1 : -1))
}

export interface Backup {
  manifest: AnyManifest
  proof: Proof | undefined
  state: ProofState
}

/** Every name under which something was backed up, or should have been. */
export async function listSources(store: CatalogStore): Promise<string[]> {
  const refs = (await store.listKeys('')).map(
    (key) => refOfManifestKey(key) ?? (isRunKey(key) ? backupOfKey(key) : undefined),
  )
  return [...new Set(refs.flatMap((ref) => (ref ? [ref.source] : [])))].sort()
}

/** @throws AppError BACKUP_NOT_FOUND when none of the sources has a backup of that id */
export async function findBackup(store: CatalogStore, id: BackupId, sources: string[]): Promise<BackupRef> {
  for (const source of sources) {
    const key = keysOf(source, id).manifest
    if ((await store.listKeys(key)).includes(key)) return { source, id }
  }
  throw new AppError('BACKUP_NOT_FOUND', `there is no backup ${id}`, { details: { id } })
}

/** @throws AppError BACKUP_NOT_FOUND, BACKUP_DAMAGED */
export async function showBackup(store: CatalogStore, ref: BackupRef): Promise<Backup> {
  const manifest = await readAnyManifest(store, ref)
  const json = await store.getJson(keysOf(ref.source, ref.id).proof)
  const proof = json === undefined ? undefined : parseProof(json)
  return { manifest, proof, state: stateOf(proof) }
}

/** Of a backup of Postgres. @throws AppError BACKUP_NOT_FOUND, BACKUP_DAMAGED, or BACKUP_UNSUPPORTED for another kind */
export async function readManifest(store: Pick<ObjectStore, 'getJson'>, ref: BackupRef): Promise<Manifest> {
  const manifest = await readAnyManifest(store, ref)
  if (manifest.kind === undefined || manifest.kind === 'postgres') return manifest
  throw otherKind(manifest, 'Postgres')
}

/** Of a backup of SQLite. @throws AppError as `readManifest` */
export async function readSqliteManifest(store: Pick<ObjectStore, 'getJson'>, ref: BackupRef): Promise<SqliteManifest> {
  const manifest = await readAnyManifest(store, ref)
  if (manifest.kind === 'sqlite') return manifest
  throw otherKind(manifest, 'SQLite')
}

function otherKind(manifest: AnyManifest, wanted: string): AppError {
  return new AppError('BACKUP_UNSUPPORTED', `${manifest.id} is no backup of ${wanted} but of kind ${kindOf(manifest)}`)
}

/** @throws AppError BACKUP_NOT_FOUND, BACKUP_DAMAGED */
export async function readAnyManifest(
  store: Pick<ObjectStore, 'getJson'>,
  { source, id }: BackupRef,
): Promise<AnyManifest> {
  const json = await store.getJson(keysOf(source, id).manifest)
  if (json === undefined) {
    throw new AppError('BACKUP_NOT_FOUND', `there is no backup ${id} of ${source}`, { details: { source, id } })
  }
  const manifest = parseAnyManifest(json)
  if (manifest.id === id && manifest.source === source) return manifest
  throw new AppError('BACKUP_DAMAGED', `the manifest of ${id} is that of ${manifest.id} of ${manifest.source}`)
}

async function readEntry(store: CatalogStore, ref: BackupRef, stored: Set<string>): Promise<BackupEntry> {
  try {
    const backup = await showBackup(store, ref)
    const gone = objectsOf(backup.manifest).find(({ key }) => !stored.has(key))
    if (gone) throw new AppError('BACKUP_DAMAGED', `${gone.key} is gone`)
    return { id: ref.id, readable: true, ...backup }
  } catch (error) {
    if (!(error instanceof AppError) || error.code === 'STORAGE_UNAVAILABLE') throw error
    return { id: ref.id, readable: false, reason: messageOf(error), state: 'failed' }
  }
}

function stateOf(proof: Proof | undefined): ProofState {
  if (!proof) return 'unproven'
  return proof.verified ? 'verified' : 'failed'
}
