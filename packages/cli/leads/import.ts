import { v7 } from 'uuid'
import { type Encoding, ENCODINGS, parseEncoding } from '#ingest/encoding'
import { checkFile, type IngestResult, ingestFile, type ReadResult } from '#ingest/ingest-file'
import type { Recognised } from '#ingest/read-list'
import { AppError } from '#platform/errors'
import { getActor } from '#cli/actor'
import { withExamples } from '#cli/command'
import { withRegularFile } from '#cli/open-file'
import { withProgress } from '#cli/progress'
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
        description: `Encoding of a CSV file: ${ENCODINGS.join(', ')} (default: recognised)`,
      },
      'dry-run': { type: 'boolean', description: 'Say what would be imported, and store nothing' },
      json: { type: 'boolean', description: 'Print JSON' },
    },
    run: async ({ args }) => {
      const isDry = args['dry-run'] === true
      const options = {
        column: args.column,
        delimiter: args.delimiter === undefined ? undefined : readDelimiter(args.delimiter),
        encoding: args.encoding === undefined ? undefined : readEncoding(args.encoding),
      }
      let done = 0
      let total: number | undefined
      const onProgress = (rows: number, rowsTotal: number) => void ([done, total] = [rows, Math.max(rows, rowsTotal)])
      const work = (path: string): Promise<ReadResult | IngestResult> =>
        isDry ? checkFile({ path, options, onProgress }) : store({ path, options, onProgress })
      const result = await withProgress(
        () => ({ what: isDry ? 'reading' : 'importing', done, total, unit: 'rows' }),
        { json: args.json },
        () => withRegularFile(args.file, work),
      )
      const next = isDry ? formatImport(args) : formatScan(result)
      print(args.json ? JSON.stringify({ ...result, dryRun: isDry }) : formatResult(result, isDry, next))
    },
  },
  [
    'npx hunter leads import companies.csv',
    'npx hunter leads import list.xlsx --dry-run',
    'npx hunter leads import list.csv --encoding windows-1254 --delimiter ";" --column "Web Sitesi"',
  ],
)

function store(input: Parameters<typeof checkFile>[0]): Promise<IngestResult> {
  const { clock } = getProcessContext('cli')
  return withDatabase((db) => ingestFile({ db, clock, newId: () => v7() }, { ...input, actor: getActor() }))
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
  throw new AppError('USAGE', `--encoding must be one of ${ENCODINGS.join(', ')}`)
}

function formatResult(result: ReadResult, isDry: boolean, next: string | undefined): string {
  const { rows, accepted, rejected, domains, recognised } = result
  const verb = isDry ? paint('yellow', 'Dry run: would import') : paint('green', 'Imported')
  const lines = [
    `Recognised ${formatFormat(recognised)}`,
    `Columns: ${formatColumns(recognised)}`,
    `${verb} ${accepted} of ${count(rows, 'row', 'rows')}, ${count(domains.length, 'company', 'companies')}.`,
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

/** The command of a dry run, without the dry run. */
function formatImport(
  args: { file: string } & Partial<Record<'column' | 'delimiter' | 'encoding', string | undefined>>,
): string {
  const options = (['column', 'delimiter', 'encoding'] as const).flatMap((name) => {
    const value = args[name]
    return value === undefined ? [] : [`--${name} ${quote(value)}`]
  })
  return ['npx hunter leads import', quote(args.file), ...options].join(' ')
}

function formatScan({ domains }: ReadResult): string | undefined {
  const [first] = domains
  if (first === undefined) return undefined
  return `npx hunter scan ${first} looks up one company; POST /api/v1/scan/bulk scans many and stores them`
}

function quote(word: string): string {
  return /^[\w./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`
}
