import { parseBackupId } from '#backups/backup-id'
import { type BackupRef, findBackup, listSources } from '#backups/catalog'
import { configSourceOf } from '#backups/object-keys'
import type { ObjectStore } from '#backups/object-store'
import { attach } from '#cli/attach'
import { backupStore } from '#runtime/backups'
import { baseOf } from '#runtime/base'
import { openStore } from '#runtime/open-store'

export const fromArg = {
  type: 'string',
  alias: 'dest',
  valueHint: 'DIR|s3://…',
  description: "Where the backups are: a folder or s3://bucket/prefix (default: the stack's bucket)",
} as const

export const nameArg = {
  type: 'string',
  description: 'Only backups made under this name (default: every name)',
} as const

/** Where a command finds backups. */
export interface Place {
  store: ObjectStore
  /** The names that are looked through, in this order. */
  sources: string[]
  /** Backups that no stack made: nothing is known of their database but what their manifests say. */
  isAlone: boolean
}

/** @throws AppError STACK_NOT_RUNNING when no place is named and there is no stack either */
export async function openPlace({
  from,
  name,
}: {
  from?: string | undefined
  name?: string | undefined
}): Promise<Place> {
  if (from !== undefined) {
    const { store } = await openStore(from, process.env, 'read')
    return { store, sources: name === undefined ? await listSources(store) : [name], isAlone: true }
  }
  await attach()
  const own = baseOf('cli').settings.HUNTER_BACKUP_SOURCE
  return { store: backupStore(), sources: name === undefined ? [own, configSourceOf(own)] : [name], isAlone: false }
}

/** @throws AppError BACKUP_ID_INVALID, BACKUP_NOT_FOUND */
export async function openBackup(args: {
  id: string
  from?: string | undefined
  name?: string | undefined
}): Promise<Place & { ref: BackupRef }> {
  const id = parseBackupId(args.id)
  const place = await openPlace(args)
  return { ...place, ref: await findBackup(place.store, id, place.sources) }
}
