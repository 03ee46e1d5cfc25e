import { exportQuery, toLeadFilters } from '#api/leads/inputs'
import { exportLeads } from '#exports/export-leads'
import { DEFAULT_COLUMNS, EXPORT_FORMATS, FIELDS, NETWORK_COLUMNS } from '#exports/formats'
import { SALES_LANGUAGES } from '#leads/sales/summary'
import { checkOptions } from '#cli/check-options'
import { withExamples } from '#cli/command'
import { FILTER_ARGS, FILTER_NAMES, toFields } from '#cli/leads/filter-args'
import { createFile, openOutput } from '#cli/output'
import { withProgress } from '#cli/progress'
import { paint, print } from '#cli/terminal'
import { withDatabase } from '#cli/with-database'
import { formatCount } from '#platform/count-text'

const OTHER_COLUMNS = [...NETWORK_COLUMNS, FIELDS]

/** Millions of leads take minutes, and so does a person who reads a pipe. */
const TIMEOUT_MS = 6 * 3_600_000

export const exportCommand = withExamples(
  {
    args: {
      file: {
        type: 'positional',
        required: false,
        valueHint: 'FILE',
        description: 'A new file, such as leads.xlsx; without it, the standard output',
      },
      format: {
        type: 'enum',
        options: [...EXPORT_FORMATS],
        description: 'Format (default: what the name of FILE ends with, else csv)',
      },
      columns: {
        type: 'string',
        description: `Columns, separated by commas (default: ${DEFAULT_COLUMNS.join(',')}; also ${OTHER_COLUMNS.join(',')}; fields: every other column of the imported lists)`,
      },
      lang: { type: 'enum', options: [...SALES_LANGUAGES], default: 'en', description: 'Language of the headings' },
      delimiter: {
        type: 'string',
        description:
          "Character between the cells of a CSV: ',' ';' '|' or a tab (default: ';' with --lang tr, else ',')",
      },
      ...FILTER_ARGS,
    },
    run: async ({ args }) => {
      const { query, columns = DEFAULT_COLUMNS, format, delimiter } = readOptions(args)
      const target = args.file === undefined ? openOutput(format) : await createFile(args.file)
      let done = 0
      const take = (leads: number) => void (done = leads)
      const input = { query, columns, format, language: args.lang, delimiter, timeoutMs: TIMEOUT_MS, onProgress: take }
      try {
        await withProgress(
          () => ({ what: 'exporting', done, unit: 'leads' }),
          {},
          () => withDatabase((db) => exportLeads(db, input, target.write)),
        )
        await target.finish()
      } catch (thrown) {
        await target.discard()
        throw thrown
      }
      if (args.file !== undefined) print(`${paint('green', 'Exported')} ${formatCount(done, 'lead')} to ${args.file}.`)
    },
  },
  [
    'npx hunter leads export leads.xlsx',
    'npx hunter leads export --segment Migration --columns domain,score,mailbox --lang tr > firmalar.csv',
  ],
)

const NAMES = [...FILTER_NAMES, 'format', 'columns', 'delimiter'] as const

function readOptions(args: { file?: string | undefined } & { [name in (typeof NAMES)[number]]?: string | undefined }) {
  const format = args.format ?? EXPORT_FORMATS.find((one) => args.file?.toLowerCase().endsWith(`.${one}`))
  const checked = toLeadFilters(checkOptions(exportQuery, toFields(NAMES, { ...args, format })))
  const { columns, delimiter, format: chosen, ...query } = checked
  return { query, columns, delimiter, format: chosen }
}
