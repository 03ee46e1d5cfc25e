import { stripVTControlCharacters } from 'node:util'
import type { DumpState } from '#backups/dump-progress'
import type { RunArgs } from '#cli/backup/run-args'
import { bar, showProgress } from '#cli/progress'
import { bytes } from '#cli/terminal'

export interface RunProgress {
  begin: (state: () => DumpState) => void
  /** Shows another line from now on. */
  say: (line: string) => void
  /** Leaves a line that stays, also in a pipe: why the dump began again. */
  note: (reason: string) => void
  end: () => void
}

/** What a person sees while a backup is made; nothing in a pipe or with --json. */
export function progressOf(args: Pick<RunArgs, 'json'>): RunProgress {
  let hide = () => undefined as void
  function show(line: () => string): void {
    hide()
    if (!args.json) hide = showProgress(process.stderr, line)
  }
  show(() => 'connecting')
  return {
    begin: (state) => show(() => lineOf(state())),
    say: (line) => show(() => line),
    note: (reason) => {
      hide()
      process.stderr.write(`beginning again: ${stripVTControlCharacters(reason)}\n`)
      show(() => 'connecting')
    },
    end: () => hide(),
  }
}

export function lineOf({ tables, tablesDone, rows, rawBytes, bytesExpected, table }: DumpState): string {
  const counts = `${tablesDone}/${tables} tables, ${rows.toLocaleString('en')} rows, ${bytes(rawBytes)}`
  return `${bar(rawBytes, bytesExpected)}  ${counts}${table === undefined ? '' : `  ${table}`}`
}
