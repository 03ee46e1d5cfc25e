import { type BackupRef, readAnyManifest } from '#backups/store/catalog'
import { countReads } from '#backups/dump/counting-reads'
import type { ObjectStore } from '#backups/store/object-store'
import type { OnRestore, RestoreState } from '#backups/restore/progress'
import { type Screen, withProgress } from '#cli/progress'
import type { ProgressState } from '#cli/progress-line'
import { formatCount } from '#platform/count-text'

interface Reading {
  store: ObjectStore
  ref: BackupRef
  json: boolean | undefined
  screen?: Screen
  env?: NodeJS.ProcessEnv
}

/** Shows the progress of a restore or a proof: first how much of the stored bytes was read, then the rows it moves. */
export async function withReadProgress<T>(
  { store, ref, ...how }: Reading,
  work: (store: ObjectStore, tell: OnRestore | undefined) => Promise<T>,
): Promise<T> {
  if (how.json) return work(store, undefined)
  const { object } = await readAnyManifest(store, ref)
  const reads = countReads(store)
  let state: RestoreState | undefined
  const read = (): ProgressState =>
    state
      ? toRestoreProgress(state)
      : { what: 'reading the stored bytes', done: reads.bytes(), total: object.gzipBytes, unit: 'bytes' }
  return withProgress(read, how, () => work({ ...store, ...reads.store }, (told) => (state = told)))
}

export function toRestoreProgress({ step, bytes, bytesExpected, tablesDone, tables }: RestoreState): ProgressState {
  if (bytes === undefined) return { what: step }
  return {
    what: step,
    done: bytes,
    total: bytesExpected,
    unit: 'bytes',
    notes: [`${tablesDone} of ${formatCount(tables ?? 0, 'table')}`],
  }
}
