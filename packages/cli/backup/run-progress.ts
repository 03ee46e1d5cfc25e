import { stripVTControlCharacters } from 'node:util'
import type { DumpState } from '#backups/dump/progress'
import type { OnRestore } from '#backups/restore/progress'
import { toRestoreProgress } from '#cli/backup/read-progress'
import type { RunArgs } from '#cli/backup/run-args'
import { showProgress } from '#cli/progress'
import type { ProgressState } from '#cli/progress-line'

export interface RunProgress {
  begin: (state: () => DumpState) => void
  /** Shows another step from now on. */
  say: (what: string) => void
  /** Leaves a line that stays, also in a pipe: why the dump began again. */
  note: (reason: string) => void
  /** Of the proof. */
  tell: OnRestore
  end: () => void
}

/** What a person sees while a backup is made and proven. */
export function showRunProgress({ json }: Pick<RunArgs, 'json'>): RunProgress {
  let read = (): ProgressState => ({ what: 'connecting' })
  let hide = showProgress(() => read(), { json })
  return {
    begin: (state) => (read = () => toDumpProgress(state())),
    say: (what) => (read = () => ({ what })),
    note: (reason) => {
      hide()
      process.stderr.write(`beginning again: ${stripVTControlCharacters(reason)}\n`)
      read = () => ({ what: 'connecting' })
      hide = showProgress(() => read(), { json })
    },
    tell: (state) => (read = () => toRestoreProgress(state)),
    end: () => hide(),
  }
}

export function toDumpProgress({ tables, tablesDone, rows, rawBytes, bytesExpected, table }: DumpState): ProgressState {
  const notes = [`${tablesDone} of ${tables} tables`, `${rows.toLocaleString('en')} rows`]
  return {
    what: 'dumping',
    done: rawBytes,
    total: bytesExpected,
    unit: 'bytes',
    notes: table === undefined ? notes : [...notes, table],
  }
}
