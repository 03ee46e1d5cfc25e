/**
 * Retention where no lifecycle removes and nothing is tagged: the same plan, made of the manifests alone, and carried out
 * object by object.
 */
import { type BackupEntry, type CatalogStore, listBackups } from '#backups/catalog'
import type { BackupId } from '#backups/backup-id'
import { backupOfKey } from '#backups/object-keys'
import type { Remover } from '#backups/remover'
import { retained } from '#backups/retention-apply'
import { planRetention, type RetentionDecision, type RetentionInput } from '#backups/retention-plan'

export interface Removal extends RetentionDecision {
  source: string
  /** Of everything in the backup's folder. */
  keys: string[]
}

/** Of every name, also of one that never came to a manifest; newest first. @throws AppError STORAGE_UNAVAILABLE */
export async function planRemovals(
  store: CatalogStore,
  { name, ...input }: RetentionInput & { name?: string | undefined },
): Promise<Removal[]> {
  const keys = await store.listKeys(name === undefined ? '' : `${name}/`)
  const bySource = Map.groupBy(keys, (key) => backupOfKey(key)?.source)
  bySource.delete(undefined)
  const plans: Removal[] = []
  for (const [source = '', keys] of bySource) {
    const byId = Map.groupBy(keys, (key) => backupOfKey(key)?.id as BackupId)
    const entries = new Map<BackupId, BackupEntry>((await listBackups(store, source)).map((entry) => [entry.id, entry]))
    const backups = [...byId].map(([id, keys]) => retained(id, entries.get(id), { keys, objects: [] }))
    const decisions = planRetention(backups, input)
    plans.push(...decisions.map((decision) => ({ ...decision, source, keys: byId.get(decision.id) ?? [] })))
  }
  return plans
}

/**
 * The manifest goes first: from then on nothing lists the backup, and what a broken-off run leaves is garbage that the
 * next one finds. Returns what was removed. @throws AppError STORAGE_UNAVAILABLE
 */
export async function removeBackups(remover: Pick<Remover, 'remove'>, plan: readonly Removal[]): Promise<Removal[]> {
  const due = plan.filter(({ action }) => action === 'remove')
  for (const { keys } of due) await removeObjects(remover, keys)
  return due
}

/** Of one backup. @throws AppError STORAGE_UNAVAILABLE */
export async function removeObjects(remover: Pick<Remover, 'remove'>, keys: readonly string[]): Promise<void> {
  for (const key of keys.toSorted(manifestFirst)) await remover.remove(key)
}

function manifestFirst(one: string, other: string): number {
  return Number(other.endsWith('/manifest.json')) - Number(one.endsWith('/manifest.json'))
}
