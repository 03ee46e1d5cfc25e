import { v7 } from 'uuid'
import type { Database } from '#db/client'
import { ingestCsv, type IngestResult } from '#ingest/ingest-csv'
import { getActor } from '#cli/actor'
import { withExamples } from '#cli/command'
import { type OpenedFile, openFile } from '#cli/open-file'
import { withProgress } from '#cli/progress'
import type { ProgressState } from '#cli/progress-line'
import { toPrintable } from '#cli/printable'
import { formatTable } from '#cli/table'
import { paint, print, getTerminalColumns } from '#cli/terminal'
import { withDatabase } from '#cli/with-database'
import { getProcessContext } from '#runtime/process-context'

/** Rejected rows to print; raw_leads and --json have all of them. */
const ROWS_SHOWN = 20

export const importCommand = withExamples(
  {
    args: {
      file: {
        type: 'positional',
        required: true,
        valueHint: 'FILE',
        description: 'CSV file with a column of domains, websites or e-mail addresses',
      },
      json: { type: 'boolean', description: 'Print JSON' },
    },
    run: async ({ args }) => {
      const file = await openFile(args.file)
      let rows = 0
      const onProgress = (count: number) => void (rows = count)
      const take = (db: Database) =>
        ingestCsv(
          { db, clock: getProcessContext('cli').clock, newId: () => v7() },
          { file: file.stream, actor: getActor(), onProgress },
        )
      const result = await withProgress(
        () => stateOf(file, rows),
        { json: args.json },
        () => withDatabase(take),
      )
      print(args.json ? JSON.stringify(result) : textOf(result))
    },
  },
  ['npx hunter leads import companies.csv'],
)

/** Estimates the number of rows from the file's size and the rows read so far. */
function stateOf({ stream, sizeBytes }: OpenedFile, rows: number): ProgressState {
  const total = rows === 0 ? undefined : Math.round(rows * (sizeBytes / stream.bytesRead))
  return { what: 'importing', done: rows, total, unit: 'rows' }
}

function textOf({ rows, accepted, rejected, domains }: IngestResult): string {
  const rowsMax = getTerminalColumns() === undefined ? Infinity : ROWS_SHOWN
  const lines = [`${paint('green', 'Imported')} ${accepted} of ${rows} rows, ${domains.length} companies.`]
  if (rejected.length > 0) {
    const shown = rejected
      .slice(0, rowsMax)
      .map(({ line, input, reason }) => [line, toPrintable(input), toPrintable(reason)])
    const headings = ['line', 'value', 'reason']
    lines.push('', formatTable(headings, shown, { wraps: ['value', 'reason'] }))
  }
  if (rejected.length > rowsMax) lines.push(paint('dim', `and ${rejected.length - rowsMax} more`))
  return lines.join('\n')
}
