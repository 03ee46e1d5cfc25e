/**
 * Applies retention in a store without a lifecycle: the same plan, computed from manifests alone, removes objects one
 * by one.
 */
import { type BackupEntry, type CatalogStore, listBackups } from '#backups/store/catalog'
import type { BackupId } from '#backups/format/backup-id'
import { parseBackupKey } from '#backups/format/object-keys'
import type { Remover } from '#backups/retention/remover'
import { toRetainedBackup } from '#backups/retention/apply-tags'
import { planRetention, type RetentionDecision, type RetentionInput } from '#backups/retention/plan'

interface Removal extends RetentionDecision {
  source: string
  /** Keys of all objects in the backup's folder. */
  keys: string[]
}

/** Called with the number of removed backups and their total. */
export type OnRemoval = (done: number, total: number) => void

/**
 * Plans removals for every source, including one without any manifest; newest first. @throws AppError
 * STORAGE_UNAVAILABLE
 */
export async function planRemovals(
  store: CatalogStore,
  { name, ...input }: RetentionInput & { name?: string | undefined },
): Promise<Removal[]> {
  const objects = await store.listObjects(name === undefined ? '' : `${name}/`)
  const bySource = Map.groupBy(objects, ({ key }) => parseBackupKey(key)?.source)
  bySource.delete(undefined)
  const plans: Removal[] = []
  for (const [source = '', ofSource] of bySource) {
    const byId = Map.groupBy(ofSource, ({ key }) => parseBackupKey(key)?.id as BackupId)
    const entries = new Map<BackupId, BackupEntry>((await listBackups(store, source)).map((entry) => [entry.id, entry]))
    const backups = [...byId].map(([id, listed]) => toRetainedBackup(id, entries.get(id), { listed }))
    const decisions = planRetention(backups, input).map(removeGarbageNow)
    plans.push(
      ...decisions.map((decision) => {
        return { ...decision, source, keys: (byId.get(decision.id) ?? []).map(({ key }) => key) }
      }),
    )
  }
  return plans
}

/** A killed run's leftovers are no backup that a user may want back: they need not wait for a month. */
function removeGarbageNow(decision: RetentionDecision): RetentionDecision {
  if (decision.state !== 'incomplete' || decision.tier === undefined) return decision
  return { ...decision, action: 'remove', reason: `a killed run left it: ${decision.reason}` }
}

/**
 * Removes the manifest first, so that nothing lists the backup any more; an interrupted removal leaves garbage for the
 * next run. Returns what it removed. @throws AppError STORAGE_UNAVAILABLE
 */
export async function removeBackups(
  remover: Pick<Remover, 'remove'>,
  plan: readonly Removal[],
  onProgress?: OnRemoval,
): Promise<Removal[]> {
  const due = plan.filter(({ action }) => action === 'remove')
  for (const [done, { keys }] of due.entries()) {
    onProgress?.(done, due.length)
    await removeObjects(remover, keys)
  }
  return due
}

/** Removes the objects of one backup. @throws AppError STORAGE_UNAVAILABLE */
export async function removeObjects(remover: Pick<Remover, 'remove'>, keys: readonly string[]): Promise<void> {
  for (const key of keys.toSorted(manifestFirst)) await remover.remove(key)
}

function manifestFirst(one: string, other: string): number {
  return Number(other.endsWith('/manifest.json')) - Number(one.endsWith('/manifest.json'))
}
