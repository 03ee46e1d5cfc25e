import { type BackupId, parseBackupId } from '#backups/format/backup-id'
import { type BackupRef, findBackup, listBackups, listSources } from '#backups/store/catalog'
import { chooseLatest, type LatestOf } from '#backups/store/latest'
import { nameConfigSource, buildBackupKeys } from '#backups/format/object-keys'
import type { ObjectStore } from '#backups/store/object-store'
import { attach } from '#cli/attach'
import type { Trail } from '#cli/backup/audit'
import { type Standalone, openStandalone } from '#runtime/standalone-backup'
import { createBackupStore } from '#runtime/backups'
import { systemClock } from '#platform/clock'
import { getProcessContext, getDatabaseUrl } from '#runtime/process-context'

export const fromArg = {
  type: 'string',
  alias: 'dest',
  valueHint: 'DIR|s3://…',
  description: "Where the backups are: a folder or s3://bucket/prefix (default: the stack's bucket)",
} as const

export const nameArg = {
  type: 'string',
  description: 'Only backups with this name (default: every name)',
} as const

/** Stands for the id of the newest backup. */
const LATEST = 'latest'

/** Where a command finds backups. */
export interface Place {
  store: ObjectStore
  /** The names to search, in this order. */
  sources: string[]
  /** Set when `--from` names the place: of the database only the manifests are known. */
  standalone: Standalone | undefined
}

/** One backup in a place. */
export interface Opened extends Place {
  ref: BackupRef
}

/** Chooses where changes to a backup of this place are recorded. */
export function chooseTrail({ store, standalone }: Pick<Place, 'store' | 'standalone'>): Trail {
  return standalone ? { store } : { databaseUrl: getDatabaseUrl(getProcessContext('cli').settings), store }
}

/** @throws AppError STACK_NOT_RUNNING when no place is named and no stack runs */
export async function openPlace({
  from,
  name,
}: {
  from?: string | undefined
  name?: string | undefined
}): Promise<Place> {
  if (from !== undefined) {
    const standalone = await openStandalone(from, process.env, 'read')
    const { store } = standalone
    return { store, sources: name === undefined ? await listSources(store) : [name], standalone }
  }
  await attach()
  const own = getProcessContext('cli').settings.HUNTER_BACKUP_SOURCE
  return {
    store: createBackupStore(),
    sources: name === undefined ? [own, nameConfigSource(own)] : [name],
    standalone: undefined,
  }
}

/**
 * Finds the backup of an id, or the one that "latest" means. Standard error says which one that is, and which newer
 * ones were passed over.
 * @throws AppError BACKUP_ID_INVALID, BACKUP_NOT_FOUND, or as `chooseLatest`
 */
export async function openBackup(
  args: { id: string; from?: string | undefined; name?: string | undefined },
  latest: LatestOf,
): Promise<Opened> {
  if (args.id === LATEST) return openLatest(await openPlace(args), latest)
  const id = parseBackupId(args.id)
  const place = await openPlace(args)
  return { ...place, ref: await findBackup(place.store, id, place.sources) }
}

async function openLatest(place: Place, of: LatestOf): Promise<Opened> {
  const all = []
  for (const source of place.sources) all.push({ source, entries: await listBackups(place.store, source) })
  const { source, id, passedOver } = chooseLatest(all, of, systemClock.now())
  const skipped = passedOver.map(({ id, why }) => `\n  skipped  ${id}: ${why}`)
  const what = of === 'verified' ? 'The latest verified backup' : 'The latest backup'
  process.stderr.write(`${what} of ${source} is ${id}${skipped.join('')}\n`)
  return { ...place, ref: { source, id } }
}

/**
 * Finds an id that has any object at all, such as the record of a run that left no backup.
 * @throws AppError BACKUP_NOT_FOUND
 */
export async function findAnything(store: ObjectStore, id: BackupId, sources: string[]): Promise<BackupRef> {
  for (const source of sources) {
    if ((await store.listKeys(buildBackupKeys(source, id).manifest.replace(/manifest\.json$/, ''))).length > 0)
      return { source, id }
  }
  return findBackup(store, id, [])
}
