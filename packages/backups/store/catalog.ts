/** Owns the stored backups: the catalog, the object stores and the order of a series. This file reads the catalog. */
import pLimit from 'p-limit'
import { AppError, getErrorMessage } from '#platform/errors'
import type { BackupId } from '#backups/format/backup-id'
import { type CheckRecord, readCheck } from '#backups/operations/check-record'
import { hashManifest, judgeProof, type Judgement, type ProofState } from '#backups/proof/judge'
import {
  type AnyManifest,
  type BackupKind,
  type DataKind,
  getBackupKind,
  type ManifestOf,
  listStoredObjects,
  parseAnyManifest,
  parseProof,
  type Proof,
} from '#backups/format/manifest'
import {
  parseBackupKey,
  getKeyFolder,
  parseManifestKeyId,
  isRunKey,
  buildBackupKeys,
  parseManifestKey,
} from '#backups/format/object-keys'
import type { ListedObject, ObjectStore } from '#backups/store/object-store'
import { type Damage, findDamage } from '#backups/store/object-sizes'
import { type Numbered, sortNewestFirst } from '#backups/store/series-order'

/** The manifests in the bucket are the catalog, which therefore survives the loss of the database. */
export type CatalogStore = Pick<ObjectStore, 'getJson' | 'listKeys' | 'listObjects'>

export interface BackupRef {
  source: string
  id: BackupId
}

export type BackupEntry = Numbered & {
  /** Storage time of the manifest, by the store's clock. */
  modifiedAt?: Date
} & (
    | ({ readable: true } & Omit<Backup, 'damage'>)
    | { readable: false; reason: string; state: 'failed'; damage?: Damage | undefined }
  )

const READS_AT_ONCE = 8

/**
 * Returns backups newest first. The list includes backups with an unreadable manifest or proof, or with missing data,
 * and says so.
 */
export async function listBackups(store: CatalogStore, source: string): Promise<BackupEntry[]> {
  const stored = await store.listObjects(`${source}/`)
  const byFolder = Map.groupBy(stored, ({ key }) => getKeyFolder(key))
  const limit = pLimit(READS_AT_ONCE)
  const reading = stored.flatMap(({ key, modifiedAt }) => {
    const id = parseManifestKeyId(key)
    if (id === undefined) return []
    return [limit(async () => ({ ...(await readEntry(store, { source, id }, byFolder)), modifiedAt }))]
  })
  return sortNewestFirst(await Promise.all(reading))
}

export interface Backup {
  manifest: AnyManifest
  /** Absent, too, when a proof exists and does not count. */
  proof: Proof | undefined
  /** A damaged backup has failed, whatever its proof says. */
  state: ProofState
  /** Why its proof does not count, what the proof leaves open, or what is damaged. */
  reason?: string
  damage?: Damage | undefined
  /** Last check of its bytes, if it is later than the proof. */
  check?: CheckRecord
}

/** Lists every source that was backed up, or should have been. */
export async function listSources(store: CatalogStore): Promise<string[]> {
  const refs = (await store.listKeys('')).map(
    (key) => parseManifestKey(key) ?? (isRunKey(key) ? parseBackupKey(key) : undefined),
  )
  return [...new Set(refs.flatMap((ref) => (ref ? [ref.source] : [])))].sort()
}

/** @throws AppError BACKUP_NOT_FOUND when no source has a backup with that id */
export async function findBackup(store: CatalogStore, id: BackupId, sources: string[]): Promise<BackupRef> {
  for (const source of sources) {
    const key = buildBackupKeys(source, id).manifest
    if ((await store.listKeys(key)).includes(key)) return { source, id }
  }
  throw new AppError('BACKUP_NOT_FOUND', `there is no backup ${id}`, { details: { id } })
}

/** @throws AppError BACKUP_NOT_FOUND, BACKUP_DAMAGED */
export async function showBackup(store: CatalogStore, ref: BackupRef): Promise<Backup> {
  return assemble(store, ref, await store.listObjects(getKeyFolder(buildBackupKeys(ref.source, ref.id).manifest)))
}

/** @param listed the objects in the backup's folder */
async function assemble(store: CatalogStore, ref: BackupRef, listed: ListedObject[]): Promise<Backup> {
  const json = await readJson(store, ref)
  const manifest = parseOwnManifest(json, ref)
  const manifestSha256 = hashManifest(json)
  const judged = await readProof(store, ref, { manifest, manifestSha256 })
  const check = await readCheck(store, { ...ref, manifestSha256 }, listed)
  const damage = findDamage(manifest, listed) ?? foundDamage(check)
  return {
    manifest,
    ...judged,
    ...(check ? { check } : {}),
    ...(damage ? { state: 'failed', reason: damage.reason, damage } : {}),
  }
}

function foundDamage(check: CheckRecord | undefined): Damage | undefined {
  if (!check || check.passed) return undefined
  const reason = `${check.reason ?? 'its objects are damaged'} (found on ${check.checkedAt.slice(0, 10)})`
  return { reason, what: 'contents' }
}

/** An unreadable proof says nothing about the backup. */
async function readProof(
  store: CatalogStore,
  { source, id }: BackupRef,
  of: Parameters<typeof judgeProof>[1],
): Promise<Judgement> {
  try {
    const json = await store.getJson(buildBackupKeys(source, id).proof)
    return json === undefined ? { state: 'unproven', proof: undefined } : judgeProof(parseProof(json), of)
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'BACKUP_DAMAGED') throw error
    return { state: 'unproven', proof: undefined, reason: `its proof cannot be read: ${getErrorMessage(error)}` }
  }
}

const RESTORES: Record<BackupKind, string> = {
  postgres: 'Postgres: it restores with --to postgres://… or --live',
  sqlite: 'SQLite: it restores with --to sqlite:PATH',
  config: 'settings alone: they restore with --config-to',
}

/** @throws AppError BACKUP_UNSUPPORTED when it is of another kind */
export function requireKind<Kind extends DataKind>(manifest: AnyManifest, wanted: Kind): ManifestOf[Kind] {
  const kind = getBackupKind(manifest)
  if (kind === wanted) return manifest as ManifestOf[Kind]
  throw new AppError('BACKUP_UNSUPPORTED', `${manifest.id} is a backup of ${RESTORES[kind]}`)
}

/** @throws AppError BACKUP_NOT_FOUND, BACKUP_DAMAGED */
export async function readAnyManifest(store: Pick<ObjectStore, 'getJson'>, ref: BackupRef): Promise<AnyManifest> {
  return parseOwnManifest(await readJson(store, ref), ref)
}

/** Returns the manifest with the hash that proofs are bound to. @throws AppError BACKUP_NOT_FOUND, BACKUP_DAMAGED */
export async function readHashedManifest(
  store: Pick<ObjectStore, 'getJson'>,
  ref: BackupRef,
): Promise<{ manifest: AnyManifest; manifestSha256: string }> {
  const json = await readJson(store, ref)
  return { manifest: parseOwnManifest(json, ref), manifestSha256: hashManifest(json) }
}

async function readJson(store: Pick<ObjectStore, 'getJson'>, { source, id }: BackupRef): Promise<unknown> {
  const json = await store.getJson(buildBackupKeys(source, id).manifest)
  if (json !== undefined) return json
  throw new AppError('BACKUP_NOT_FOUND', `there is no backup ${id} of ${source}`, { details: { source, id } })
}

/** A manifest that was copied or moved describes another backup, or another backup's objects. */
function parseOwnManifest(json: unknown, { source, id }: BackupRef): AnyManifest {
  const manifest = parseAnyManifest(json)
  if (manifest.id !== id || manifest.source !== source) {
    throw new AppError('BACKUP_DAMAGED', `the manifest of ${id} belongs to ${manifest.id} of ${manifest.source}`)
  }
  const folder = getKeyFolder(buildBackupKeys(source, id).manifest)
  const foreign = listStoredObjects(manifest).find(({ key }) => getKeyFolder(key) !== folder)
  if (!foreign) return manifest
  throw new AppError('BACKUP_DAMAGED', `the manifest of ${id} names an object of another backup: ${foreign.key}`)
}

async function readEntry(
  store: CatalogStore,
  ref: BackupRef,
  byFolder: Map<string, ListedObject[]>,
): Promise<BackupEntry> {
  try {
    const folder = getKeyFolder(buildBackupKeys(ref.source, ref.id).manifest)
    const { damage, ...backup } = await assemble(store, ref, byFolder.get(folder) ?? [])
    if (damage)
      return {
        id: ref.id,
        sequence: backup.manifest.sequence ?? 0,
        readable: false,
        reason: damage.reason,
        state: 'failed',
        damage,
      }
    return { id: ref.id, sequence: backup.manifest.sequence ?? 0, readable: true, ...backup }
  } catch (error) {
    if (!(error instanceof AppError) || error.code === 'STORAGE_UNAVAILABLE') throw error
    return { id: ref.id, readable: false, reason: getErrorMessage(error), state: 'failed' }
  }
}
