import { type AnyManifest, listStoredObjects } from '#backups/format/manifest'
import type { ListedObject } from '#backups/store/object-store'

export interface Damage {
  reason: string
  /** `gone` may be the work of a lifecycle, which removes a backup's objects one by one. */
  what: 'gone' | 'size' | 'contents'
}

/**
 * Finds damage from a listing alone, at no cost: missing objects and wrong sizes. In a versioned bucket the listing
 * describes the current version, which may differ from the manifest's.
 */
export function findDamage(manifest: AnyManifest, listed: readonly ListedObject[]): Damage | undefined {
  const sizes = new Map(listed.map(({ key, sizeBytes }) => [key, sizeBytes]))
  for (const { key, gzipBytes } of listStoredObjects(manifest)) {
    const bytes = sizes.get(key)
    if (bytes === undefined) return { reason: `${key} is missing`, what: 'gone' }
    if (bytes !== gzipBytes) return { reason: `${key} has ${bytes} bytes instead of ${gzipBytes}`, what: 'size' }
  }
  return undefined
}
