/** Finds what killed runs left in the store: objects without a manifest, and unfinished uploads. */
import type { CatalogStore } from '#backups/store/catalog'
import { parseBackupKey, isRunKey, buildBackupKeys } from '#backups/format/object-keys'
import type { ListedObject } from '#backups/store/object-store'
import type { Remover, Unfinished } from '#backups/retention/remover'

export interface Leftover {
  /** `unfinished`: an incomplete upload or file; `no manifest`: complete objects without a manifest. */
  what: 'unfinished' | 'no manifest'
  key: string
  /** Time of the last write, by the store's clock. */
  touchedAt: Date
  /** Absent when the key may not see it. */
  sizeBytes?: number | undefined
  /** True while its run may still be going on. */
  mayBeRunning: boolean
}

/** Longer than any run is silent: a younger unfinished object may be in progress. */
export const LEFT_AFTER_MS = 24 * 60 * 60 * 1000

/** A time more than a day in the future comes from a wrong clock, not from a current run. */
export function isLeft({ touchedAt }: Pick<Unfinished, 'touchedAt'>, now: Date): boolean {
  return Math.abs(now.getTime() - touchedAt.getTime()) > LEFT_AFTER_MS
}

/** Returns leftovers oldest first. @param name one source; absent: all of them @throws AppError STORAGE_UNAVAILABLE */
export async function findLeftovers(
  { store, remover }: { store: CatalogStore; remover: Pick<Remover, 'unfinished'> },
  { name, now }: { name?: string | undefined; now: Date },
): Promise<Leftover[]> {
  const prefix = name === undefined ? '' : `${name}/`
  const unfinished = (await remover.unfinished()).filter(({ key }) => key.startsWith(prefix))
  const begun = unfinished.map(({ key, touchedAt, sizeBytes }) => {
    return { what: 'unfinished', key, touchedAt, sizeBytes, mayBeRunning: !isLeft({ touchedAt }, now) } as const
  })
  const whole = objectsWithoutManifest(await store.listObjects(prefix)).map(({ key, modifiedAt, sizeBytes }) => {
    const mayBeRunning = !isLeft({ touchedAt: modifiedAt }, now)
    return { what: 'no manifest', key, touchedAt: modifiedAt, sizeBytes, mayBeRunning } as const
  })
  return [...begun, ...whole].sort((a, b) => a.touchedAt.getTime() - b.touchedAt.getTime())
}

/** Excludes a run's record, which says why there is no backup. */
function objectsWithoutManifest(objects: readonly ListedObject[]): ListedObject[] {
  const keys = new Set(objects.map(({ key }) => key))
  return objects.filter(({ key }) => {
    const ref = parseBackupKey(key)
    return ref !== undefined && !isRunKey(key) && !keys.has(buildBackupKeys(ref.source, ref.id).manifest)
  })
}
