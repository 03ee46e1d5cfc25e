import { AppError } from '#platform/errors'
import type { RunWatch } from '#backups/operations/failed-runs'
import type { CatalogDeps } from '#backups/operations/list-page'
import { type ListedBackup, listSeries } from '#backups/operations/list-series'
import { planSome } from '#backups/operations/plan-page'
import type { RetentionDecision } from '#backups/retention/plan'
import { type Backup, type BackupRef, showBackup } from '#backups/store/catalog'
import type { CatalogView } from '#backups/store/catalog-view'

export interface DescribedBackup {
  /** As the list has it: a damaged backup is not readable. */
  listed: ListedBackup
  /** Undefined when there is no manifest, or none that can be read. */
  backup: Backup | undefined
  /** When it expires and why; undefined when it is older than `PLANNED_MAX` others. */
  retention: RetentionDecision | undefined
}

interface DescribeInput {
  /** Where to look, in this order. */
  sources: readonly string[]
  id: BackupRef['id']
  /** IANA time zone of the calendar for retention. */
  timezone: string
}

/** @throws AppError BACKUP_NOT_FOUND when there is neither a backup nor a run of that id, STORAGE_UNAVAILABLE */
export async function describeBackup(
  deps: CatalogDeps,
  { sources, id, timezone }: DescribeInput,
  watch: RunWatch,
): Promise<DescribedBackup> {
  for (const source of sources) {
    const view = await deps.open(source)
    const own = view.pick([id])
    const [listed] = await listSeries(own, source, watch)
    if (!listed) continue
    const backup = await showIfReadable(own, { source, id })
    const [retention] = await planSome(deps, view, { source, ids: [id], now: watch.now, timezone })
    return { listed, backup, retention }
  }
  throw new AppError('BACKUP_NOT_FOUND', `there is no backup ${id}`, { details: { id } })
}

async function showIfReadable(view: CatalogView, ref: BackupRef): Promise<Backup | undefined> {
  try {
    return await showBackup(view, ref)
  } catch (error) {
    if (error instanceof AppError && (error.code === 'BACKUP_NOT_FOUND' || error.code === 'BACKUP_DAMAGED'))
      return undefined
    throw error
  }
}
