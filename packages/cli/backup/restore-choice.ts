import type { TableChoice } from '#backups/postgres/table-patterns'
import { readRepeated } from '#cli/repeated'
import { AppError } from '#platform/errors'

export const choiceArgs = {
  table: {
    type: 'string',
    valueHint: 'PATTERN',
    description: 'Restore only these tables, beside the live ones (schema.table, * and ? as in pg_dump); repeatable',
  },
  schema: {
    type: 'string',
    valueHint: 'PATTERN',
    description: 'Restore only the tables of these schemas, like --table; repeatable',
  },
  'exclude-table': {
    type: 'string',
    valueHint: 'PATTERN',
    description: 'Leave out these tables, from all tables or from the chosen ones; repeatable',
  },
  as: {
    type: 'string',
    description: 'New name for a single --table (default: its own name in the schema restored_<id>)',
  },
} as const

interface ChoiceArgs {
  table?: string | undefined
  schema?: string | undefined
  'exclude-table'?: string | undefined
  as?: string | undefined
}

/** @returns undefined to restore the whole backup @throws AppError USAGE */
export function readChoice(args: ChoiceArgs, rawArgs: readonly string[]): TableChoice | undefined {
  const isGiven = args.table !== undefined || args.schema !== undefined || args['exclude-table'] !== undefined
  if (!isGiven && args.as !== undefined) throw new AppError('USAGE', '--as needs a --table to rename')
  if (!isGiven) return undefined
  const [tables, schemas, excluded] = (['table', 'schema', 'exclude-table'] as const).map((name) => {
    const patterns = readRepeated(rawArgs, name)
    if (patterns.includes('') || (args[name] !== undefined && patterns.length === 0)) {
      throw new AppError('USAGE', `--${name} needs a value, such as --${name} ${EXAMPLES[name]}`)
    }
    return patterns
  })
  return { tables, schemas, excluded }
}

const EXAMPLES = { table: 'public.orders', schema: 'sales', 'exclude-table': "'public.log_*'" }
