/** What runs that were killed left in a place: data that is no backup, and nobody finishes. */
import type { CatalogStore } from '#backups/store/catalog'
import { backupOfKey, isRunKey, keysOf } from '#backups/format/object-keys'
import type { ListedObject } from '#backups/store/object-store'
import type { Remover, Unfinished } from '#backups/retention/remover'

export interface Leftover {
  /** `unfinished`: an upload or a file that was begun; `no manifest`: whole objects of a backup that never was one. */
  what: 'unfinished' | 'no manifest'
  key: string
  /** When something was last written to it, by the store's clock. */
  touchedAt: Date
  /** Absent where the key may not see it. */
  sizeBytes?: number | undefined
  /** Its run may still go on. */
  mayBeRunning: boolean
}

/** No run is silent for as long: before that, what is unfinished may be in progress. */
export const LEFT_AFTER_MS = 24 * 60 * 60 * 1000

/** What a wrong clock stamped a day ahead or more is nobody's work of now either. */
export function isLeft({ touchedAt }: Pick<Unfinished, 'touchedAt'>, now: Date): boolean {
  return Math.abs(now.getTime() - touchedAt.getTime()) > LEFT_AFTER_MS
}

/** Oldest first. @param name of one source; without it, of all @throws AppError STORAGE_UNAVAILABLE */
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

/** The record of a run is none: it says why there is no backup. */
function objectsWithoutManifest(objects: readonly ListedObject[]): ListedObject[] {
  const keys = new Set(objects.map(({ key }) => key))
  return objects.filter(({ key }) => {
    const ref = backupOfKey(key)
    return ref !== undefined && !isRunKey(key) && !keys.has(keysOf(ref.source, ref.id).manifest)
  })
}
