import { stripVTControlCharacters } from 'node:util'
import type { DumpState } from '#backups/dump/progress'
import type { OnRestore } from '#backups/restore/progress'
import { toRestoreProgress } from '#cli/backup/read-progress'
import type { RunArgs } from '#cli/backup/run-args'
import { showProgress } from '#cli/progress'
import type { ProgressState } from '#cli/progress-line'
import { formatCount } from '#platform/count-text'

export interface RunProgress {
  begin: (state: () => DumpState) => void
  /** Shows another step from now on. */
  say: (what: string) => void
  /** Prints a line that stays, in a pipe, too: why the dump begins again. */
  note: (reason: string) => void
  /** Shows the progress of the proof. */
  tell: OnRestore
  end: () => void
}

/** Shows the progress of a backup and of its proof. */
export function showRunProgress({ json }: Pick<RunArgs, 'json'>): RunProgress {
  let read = (): ProgressState => ({ what: 'connecting' })
  let hide = showProgress(() => read(), { json })
  return {
    begin: (state) => (read = () => toDumpProgress(state())),
    say: (what) => (read = () => ({ what })),
    note: (reason) => {
      hide()
      process.stderr.write(`starting over: ${stripVTControlCharacters(reason)}\n`)
      read = () => ({ what: 'connecting' })
      hide = showProgress(() => read(), { json })
    },
    tell: (state) => (read = () => toRestoreProgress(state)),
    end: () => hide(),
  }
}

export function toDumpProgress({ tables, tablesDone, rows, rawBytes, bytesExpected, table }: DumpState): ProgressState {
  const notes = [`${tablesDone} of ${formatCount(tables, 'table')}`, `${rows.toLocaleString('en')} rows`]
  return {
    what: 'dumping',
    done: rawBytes,
    total: bytesExpected,
    unit: 'bytes',
    notes: table === undefined ? notes : [...notes, table],
  }
}
