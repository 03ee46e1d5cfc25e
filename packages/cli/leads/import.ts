import { v7 } from 'uuid'
import { type Encoding, ENCODING_RULE, ENCODINGS, parseEncoding } from '#ingest/encoding'
import { checkFile, ingestFile, type ReadResult } from '#ingest/ingest-file'
import type { Recognised } from '#ingest/read-list'
import { AppError } from '#platform/errors'
import { toSnakeCaseKeys } from '#api/http/snake-case'
import { getActor } from '#cli/actor'
import { withExamples } from '#cli/command'
import { EXIT_STATUS, Verdict } from '#cli/exit-status'
import { formatExport, formatScan, scanImported } from '#cli/leads/import-scan'
import { withRegularFile } from '#cli/open-file'
import { withProgress } from '#cli/progress'
import { toPrintable } from '#cli/printable'
import { formatTable } from '#cli/table'
import { paint, print, getTerminalColumns } from '#cli/terminal'
import { withDatabase } from '#cli/with-database'
import { getProcessContext } from '#runtime/process-context'
import type { BatchQueue } from '#scans/bulk/batch-message'
import { formatCount } from '#platform/count-text'

/** Rejected rows to print; raw_leads and --json have all of them. */
const ROWS_SHOWN = 20

export const importCommand = withExamples(
  {
    args: {
      file: {
        type: 'positional',
        required: true,
        valueHint: 'FILE',
        description: 'CSV file or Excel workbook (.xlsx) with a column of domains, websites or e-mail addresses',
      },
      column: {
        type: 'string',
        valueHint: 'NAME',
        description: 'Column of the domains: its heading, or its number from 1 (default: recognised by its heading)',
      },
      delimiter: {
        type: 'string',
        valueHint: 'CHARACTER',
        description: 'Character between the cells of a CSV file, or tab (default: recognised)',
      },
      encoding: {
        type: 'string',
        valueHint: 'NAME',
        description: `Encoding of a CSV file: ${ENCODINGS.join(', ')}, or a label such as latin5 (default: recognised)`,
      },
      scan: { type: 'boolean', description: 'Then scan the companies, wait, and print them ranked, best first' },
      'dry-run': { type: 'boolean', description: 'Say what would be imported, and store nothing' },
      json: { type: 'boolean', description: 'Print JSON' },
    },
    run: async ({ args }) => {
      const isDry = args['dry-run'] === true
      if (isDry && args.scan)
        throw new AppError('USAGE', '--scan cannot be combined with --dry-run, which stores nothing')
      const options = {
        column: args.column,
        delimiter: args.delimiter === undefined ? undefined : readDelimiter(args.delimiter),
        encoding: args.encoding === undefined ? undefined : readEncoding(args.encoding),
      }
      let done = 0
      let total: number | undefined
      const onProgress = (rows: number, rowsTotal: number) => void ([done, total] = [rows, Math.max(rows, rowsTotal)])
      const read = <T>(work: (path: string) => Promise<T>): Promise<T> =>
        withProgress(
          () => ({ what: isDry ? 'reading' : 'importing', done, total, unit: 'rows' }),
          { json: args.json },
          () => withRegularFile(args.file, work),
        )
      if (isDry) {
        const result = await read((path) => checkFile({ path, options, onProgress }))
        return print(args.json ? toJson({ ...result, dryRun: true }) : formatResult(result, true, formatImport(args)))
      }
      await withDatabase(async (db) => {
        const { clock, settings } = getProcessContext('cli')
        const queue = args.scan ? await openQueue() : undefined
        const input = (path: string) => ({ path, options, onProgress, actor: getActor() })
        const result = await read((path) => ingestFile({ db, clock, newId: () => v7() }, input(path)))
        const { importId, domains } = result
        const isScanned = queue !== undefined && domains.length > 0
        if (!args.json) print(formatResult(result, false, isScanned ? undefined : formatNext(args)))
        if (!isScanned) return args.json ? print(toJson({ ...result, dryRun: false })) : undefined
        const scan = await scanImported({ db, clock, queue, settings }, result, { json: args.json })
        const json = { ...result, dryRun: false, scan, export: formatExport(importId) }
        print(args.json ? toJson(json) : `\n${formatScan(scan, importId)}`)
        if (!scan.ended) throw new Verdict(EXIT_STATUS.interrupted)
      })
    },
  },
  [
    'npx hunter leads import companies.csv --scan',
    'npx hunter leads import list.xlsx --dry-run',
    'npx hunter leads import list.csv --encoding windows-1254 --delimiter ";" --column "Web Sitesi"',
  ],
)

/** Opens it before the import, so that a command that cannot scan stores nothing. @throws AppError SETTING_INVALID */
async function openQueue(): Promise<BatchQueue> {
  const { createScanQueue } = await import('#runtime/scan-queues')
  return createScanQueue()
}

function toJson(result: object): string {
  return JSON.stringify(toSnakeCaseKeys(result))
}

/** @throws AppError USAGE */
function readDelimiter(text: string): string {
  if (text === 'tab' || text === '\\t') return '\t'
  if (/^[^\p{L}\p{N}"\r\n\0]$/u.test(text)) return text
  throw new AppError('USAGE', '--delimiter must be one character that is no letter, digit or quote, or the word tab')
}

/** @throws AppError USAGE */
function readEncoding(name: string): Encoding {
  const encoding = parseEncoding(name)
  if (encoding !== undefined) return encoding
  throw new AppError('USAGE', `--encoding ${ENCODING_RULE}`)
}

function formatResult(result: ReadResult, isDry: boolean, next: string | undefined): string {
  const { rows, accepted, rejected, domains, recognised } = result
  const verb = isDry ? paint('yellow', 'Dry run: would import') : paint('green', 'Imported')
  const lines = [
    `Recognised ${formatFormat(recognised)}`,
    `Columns: ${formatColumns(recognised)}`,
    `${verb} ${accepted} of ${formatCount(rows, 'row')}, ${formatCount(domains.length, 'company', 'companies')}.`,
    ...formatRejected(rejected),
  ]
  if (next !== undefined) lines.push('', `Next: ${next}`)
  return lines.join('\n')
}

function formatRejected(rejected: ReadResult['rejected']): string[] {
  if (rejected.length === 0) return []
  const rowsMax = getTerminalColumns() === undefined ? Infinity : ROWS_SHOWN
  const shown = rejected
    .slice(0, rowsMax)
    .map(({ line, input, reason }) => [line, toPrintable(input), toPrintable(reason)])
  const table = formatTable(['line', 'value', 'reason'], shown, { wraps: ['value', 'reason'] })
  return ['', table, ...(rejected.length > rowsMax ? [paint('dim', `and ${rejected.length - rowsMax} more`)] : [])]
}

function formatFormat(recognised: Recognised): string {
  const header = recognised.headerLine === null ? 'no header' : `header in line ${recognised.headerLine}`
  if (recognised.format === 'csv') {
    const delimiter = recognised.delimiter === '\t' ? 'a tab' : `"${recognised.delimiter}"`
    return `CSV in ${recognised.encoding}, cells separated by ${delimiter}, ${header}`
  }
  const others = recognised.sheets > 1 ? `, the first visible of ${recognised.sheets} sheets` : ''
  return `an Excel workbook, sheet "${toPrintable(recognised.sheet)}"${others}, ${header}`
}

function formatColumns({ columns }: Recognised): string {
  const words = { domain: 'domain', email: 'e-mail', company: 'company' } as const
  return Object.entries(words)
    .flatMap(([role, word]) => {
      const name = columns[role as keyof typeof words]
      return name === undefined ? [] : [`${word} "${toPrintable(name)}"`]
    })
    .join(', ')
}

type FileArgs = { file: string } & Partial<Record<'column' | 'delimiter' | 'encoding', string | undefined>>

/** The command of a dry run, without the dry run. */
function formatImport(args: FileArgs): string {
  const options = (['column', 'delimiter', 'encoding'] as const).flatMap((name) => {
    const value = args[name]
    return value === undefined ? [] : [`--${name} ${quote(value)}`]
  })
  return ['npx hunter leads import', quote(args.file), ...options].join(' ')
}

function formatNext(args: FileArgs): string {
  return `${formatImport(args)} --scan`
}

function quote(word: string): string {
  return /^[\w./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
