/**
 * Reads a catalog for callers that come often: each call lists a source once, and reads of its JSON only what changed
 * since an earlier call.
 */
import type { BackupId } from '#backups/format/backup-id'
import { parseBackupKey } from '#backups/format/object-keys'
import type { CatalogStore } from '#backups/store/catalog'
import type { ListedObject } from '#backups/store/object-store'

/** A source as one listing shows it. What the listing lacks is missing, without a request. */
export interface CatalogView extends CatalogStore {
  /** Every folder with an object, newest first by the time in the id. */
  ids: readonly BackupId[]
  has(key: string): boolean
  /** The same view of these backups alone. */
  pick(ids: Iterable<BackupId>): CatalogView
}

export type OpenCatalog = (source: string) => Promise<CatalogView>

/** Manifests, proofs and records of a thousand backups. */
const KEPT_MAX = 5_000

/** @throws AppError STORAGE_UNAVAILABLE, from the function that it returns */
export function createCatalogReader(store: Pick<CatalogStore, 'getJson' | 'listObjects'>): OpenCatalog {
  const kept = new Map<string, { etag: string; json: unknown }>()

  async function read({ key, etag }: ListedObject): Promise<unknown> {
    const known = kept.get(key)
    if (known && known.etag === etag) return known.json
    const json = await store.getJson(key)
    kept.delete(key)
    if (etag === undefined || json === undefined) return json
    kept.set(key, { etag, json })
    for (const oldest of kept.keys()) {
      if (kept.size <= KEPT_MAX) break
      kept.delete(oldest)
    }
    return json
  }

  return async (source) => createView(await store.listObjects(`${source}/`), read)
}

function createView(listed: readonly ListedObject[], read: (object: ListedObject) => Promise<unknown>): CatalogView {
  const byKey = new Map(listed.map((object) => [object.key, object]))
  const byId = Map.groupBy(listed, ({ key }) => parseBackupKey(key)?.id)
  const find = (prefix: string) => listed.filter(({ key }) => key.startsWith(prefix))
  return {
    ids: [...byId.keys()]
      .filter((id) => id !== undefined)
      .sort()
      .toReversed(),
    has: (key) => byKey.has(key),
    pick: (ids) =>
      createView(
        [...ids].flatMap((id) => byId.get(id) ?? []),
        read,
      ),
    getJson: async (key) => {
      const object = byKey.get(key)
      return object && read(object)
    },
    listObjects: async (prefix) => find(prefix),
    listKeys: async (prefix) => find(prefix).map(({ key }) => key),
  }
}
