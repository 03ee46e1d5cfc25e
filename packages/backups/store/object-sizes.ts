import { type AnyManifest, objectsOf } from '#backups/format/manifest'
import type { ListedObject } from '#backups/store/object-store'

export interface Damage {
  reason: string
  /** `gone` may be the work of a lifecycle that takes the objects of a backup one by one. */
  what: 'gone' | 'size' | 'contents'
}

/**
 * What a listing tells of a backup's objects, at no cost: whether they are there, and as long as they were written. In a
 * bucket with versions it describes the current one, which may not be the one that the manifest names.
 */
export function findDamage(manifest: AnyManifest, listed: readonly ListedObject[]): Damage | undefined {
  const sizes = new Map(listed.map(({ key, sizeBytes }) => [key, sizeBytes]))
  for (const { key, gzipBytes } of objectsOf(manifest)) {
    const bytes = sizes.get(key)
    if (bytes === undefined) return { reason: `${key} is gone`, what: 'gone' }
    if (bytes !== gzipBytes) return { reason: `${key} has ${bytes} bytes and not ${gzipBytes}`, what: 'size' }
  }
  return undefined
}
