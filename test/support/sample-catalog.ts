/** A bucket of backups in memory, for tests of the API that need some to be there. */
import type { BackupRouteDeps } from '#api/backups/routes'
import { parseBackupId } from '#backups/format/backup-id'
import { buildBackupKeys } from '#backups/format/object-keys'
import type { Manifest } from '#backups/format/manifest'
import type { CatalogStore } from '#backups/store/catalog'
import { createCatalogReader } from '#backups/store/catalog-view'
import type { Clock } from '#platform/clock'
import { boundProofOf, manifestOf } from '../backups/made-up.ts'

interface Stored {
  json?: unknown
  sizeBytes: number
  etag: string
  modifiedAt: Date
}

export interface SampleStore extends CatalogStore {
  objects: Map<string, Stored>
  tags: Map<string, Record<string, string>>
  /** Every request that a bucket would have seen. */
  asked: string[]
  put(key: string, json: unknown, at?: Date): void
  /** The data of a backup: only its size counts here. */
  putDump(manifest: Manifest): void
}

export function createSampleStore(): SampleStore {
  const objects = new Map<string, Stored>()
  const tags = new Map<string, Record<string, string>>()
  const asked: string[] = []
  let writes = 0
  const add = (key: string, stored: Omit<Stored, 'etag'>) => objects.set(key, { ...stored, etag: `"${(writes += 1)}"` })
  const list = (prefix: string) =>
    [...objects]
      .filter(([key]) => key.startsWith(prefix))
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, { json: _json, ...about }]) => ({ key, ...about }))
  return {
    objects,
    tags,
    asked,
    put: (key, json, modifiedAt = new Date('2026-11-20T01:00:00Z')) =>
      void add(key, { json, sizeBytes: JSON.stringify(json).length, modifiedAt }),
    putDump: ({ object, createdAt }) =>
      void add(object.key, { sizeBytes: object.gzipBytes, modifiedAt: new Date(createdAt) }),
    getJson: async (key) => {
      asked.push(`get ${key}`)
      return objects.get(key)?.json
    },
    listObjects: async (prefix) => {
      asked.push(`list ${prefix}`)
      return list(prefix)
    },
    listKeys: async (prefix) => list(prefix).map(({ key }) => key),
  }
}

/** A verified backup, with its data and its proof. */
export function keepBackup(store: SampleStore, id: string, changes: Partial<Manifest> = {}): Manifest {
  const backupId = parseBackupId(id)
  const manifest = { ...manifestOf(backupId, changes.source), ...changes }
  const keys = buildBackupKeys(manifest.source, backupId)
  store.putDump(manifest)
  store.put(keys.manifest, manifest)
  store.put(keys.proof, boundProofOf(manifest))
  return manifest
}

type SampleDeps = Omit<BackupRouteDeps, 'db' | 'clock' | 'newId'> & { requested: string[] }

/** Three verified backups; the newest is the one of the contract's examples. */
export function createSampleCatalog(clock: Clock, store: SampleStore = createSampleStore()): SampleDeps {
  for (const id of ['20261118T000000Z-aaaaaa', '20261119T000000Z-bbbbbb', '20261120T000000Z-4f9c2a']) {
    keepBackup(store, id)
  }
  const requested: string[] = []
  return {
    requested,
    randomHex: () => 'abcdef',
    requestBackup: async (id) => void requested.push(`backup ${id}`),
    requestProof: async ({ source, id }) => void requested.push(`proof ${source}/${id}`),
    catalog: {
      open: createCatalogReader(store),
      tags: {
        tagsOf: async (key) => {
          store.asked.push(`tags ${key}`)
          return store.objects.has(key) ? (store.tags.get(key) ?? {}) : undefined
        },
      },
    },
    source: 'hunter',
    timezone: 'Europe/Istanbul',
    time: '03:00',
    watch: () => ({ now: clock.now(), isAlive: () => undefined }),
  }
}
