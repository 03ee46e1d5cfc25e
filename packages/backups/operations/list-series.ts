import { type BackupEntry, type CatalogStore, listBackups } from '#backups/store/catalog'
import { listUnprovenRuns, type RunWatch, type UnprovenRun } from '#backups/operations/failed-runs'
import { type Notes, readAllNotes } from '#backups/operations/notes'
import { sortNewestFirst } from '#backups/store/series-order'

/** A run without a backup is listed as unreadable. An unproven backup has the run that made it, to show how it ended. */
export type ListedBackup = (BackupEntry | RunAlone) & { source: string; run?: UnprovenRun; notes?: Notes }

/** A run that left no backup, or has not left it yet. */
interface RunAlone {
  id: BackupEntry['id']
  sequence?: undefined
  readable: false
  state: 'failed' | 'running'
  reason: string
  modifiedAt?: undefined
}

/** Lists the backups of a source, and the runs that left none, newest first. @throws AppError STORAGE_UNAVAILABLE */
export async function listSeries(store: CatalogStore, source: string, watch: RunWatch): Promise<ListedBackup[]> {
  const entries = await listBackups(store, source)
  const { runs } = await listUnprovenRuns(store, { source, entries }, watch)
  const notes = await readAllNotes(store, source)
  const byId = new Map(runs.map((run) => [run.id, run]))
  const alone = runs.filter(({ hasBackup }) => !hasBackup)
  return sortNewestFirst([
    ...entries.map((entry) => describe({ source, ...entry }, byId.get(entry.id), notes.get(entry.id))),
    ...alone.map((run): ListedBackup => {
      const state = run.state === 'running' ? 'running' : 'failed'
      return { source, id: run.id, readable: false, state, reason: describeRunEnd(run), run }
    }),
  ])
}

function describe(entry: ListedBackup, run: UnprovenRun | undefined, notes: Notes | undefined): ListedBackup {
  return { ...entry, ...(run ? { run } : {}), ...(notes ? { notes } : {}) }
}

/** `DATABASE_UNAVAILABLE: the database does not answer (on db1)` */
export function describeRunEnd({ state, code, reason, host }: UnprovenRun): string {
  const what = code === undefined ? (state === 'failed' ? '' : `${state}:`) : `${code}:`
  return `${what} ${reason} (on ${host})`.trim()
}
