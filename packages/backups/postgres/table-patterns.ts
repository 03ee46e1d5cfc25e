/** Selects a backup's tables by patterns with the syntax of pg_dump and psql. */
import { AppError } from '#platform/errors'

export interface TableName {
  schema: string
  table: string
}

/** Union of `tables` and `buildSchemas`; all tables when neither is given. `excluded` tables are removed from it. */
export interface TableChoice {
  tables?: string[] | undefined
  schemas?: string[] | undefined
  excluded?: string[] | undefined
}

/**
 * Keeps the order of `all`. @throws AppError TABLE_NOT_FOUND when a pattern matches nothing or no table is left, USAGE
 * for an invalid pattern
 */
export function chooseTables<T extends TableName>(
  all: T[],
  { tables = [], schemas = [], excluded = [] }: TableChoice,
  place: Place = 'backup',
) {
  const matched = (option: Option, patterns: string[]) =>
    patterns.flatMap((pattern) => {
      const found = all.filter(option === '--schema' ? schemaMatcher(pattern) : tableMatcher(pattern))
      if (found.length === 0) throw noMatch(all, option, pattern, place)
      return found
    })
  const named = [...matched('--table', tables), ...matched('--schema', schemas)]
  const without = new Set(matched('--exclude-table', excluded))
  const chosen = new Set(tables.length + schemas.length === 0 ? all : named)
  const left = all.filter((table) => chosen.has(table) && !without.has(table))
  if (left.length > 0) return left
  const why = all.length === 0 ? `the ${place} has no tables` : '--exclude-table excludes every chosen table'
  throw new AppError('TABLE_NOT_FOUND', why)
}

/** Where the tables are, for messages. */
type Place = 'backup' | 'database'
type Option = '--table' | '--schema' | '--exclude-table'
type Matcher = (table: TableName) => boolean

/** A pattern without a schema means `public`; pg_dump uses the search path instead. */
function tableMatcher(pattern: string): Matcher {
  const parts = readPattern(pattern)
  const [name, schema = /^public$/] = parts.toReversed() as [RegExp, RegExp?]
  if (parts.length > 2) throw unreadable(pattern, 'it has more parts than a schema and a table')
  return (table) => schema.test(table.schema) && name.test(table.table)
}

function schemaMatcher(pattern: string): Matcher {
  const [schema, ...more] = readPattern(pattern) as [RegExp, ...RegExp[]]
  if (more.length > 0) throw unreadable(pattern, 'a schema has no dot in its name, unless in double quotes')
  return (table) => schema.test(table.schema)
}

/**
 * Follows `patternToSQLRegex` in PostgreSQL's fe_utils/string_utils.c: `*` matches any text, `?` any character, a dot
 * separates the parts, `$` is literal, and other regular expression syntax works. Letters outside double quotes become
 * lower case; characters inside are literal.
 */
function readPattern(pattern: string): RegExp[] {
  const parts = ['']
  const append = (text: string) => parts.push(`${parts.pop()}${text}`)
  for (const [token] of pattern.matchAll(/"(?:[^"]|"")*"|[^]/gu)) {
    if (token === '"') throw unreadable(pattern, 'a double quote is not closed')
    if (token.startsWith('"')) append(RegExp.escape(token.slice(1, -1).replaceAll('""', '"')))
    else if (token === '.') parts.push('')
    else append(WILDCARDS[token] ?? (/[A-Z]/.test(token) ? token.toLowerCase() : token))
  }
  if (parts.includes('')) throw unreadable(pattern, 'a name in it is empty')
  return parts.map((part) => compile(pattern, part))
}

const WILDCARDS: Record<string, string> = { '*': '.*', '?': '.', $: '\\$' }

function compile(pattern: string, part: string): RegExp {
  try {
    return new RegExp(`^(?:${part})$`, 'su')
  } catch (cause) {
    throw unreadable(
      pattern,
      'put double quotes around a name that has characters other than letters and digits',
      cause,
    )
  }
}

function unreadable(pattern: string, why: string, cause?: unknown): AppError {
  return new AppError('USAGE', `${pattern} is not a valid pattern: ${why}`, { cause })
}

/** Suggests the likely table: in another schema, or in capitals. */
function noMatch(all: TableName[], option: Option, pattern: string, place: Place): AppError {
  const partsOf = ({ schema, table }: TableName) => (option === '--schema' ? [schema] : [schema, table])
  const last = foldLetters(option === '--schema' ? pattern : pattern.slice(pattern.lastIndexOf('.') + 1))
  const like = all.map(partsOf).filter((parts) => foldLetters(parts.at(-1) ?? '') === last)
  const meant = [...new Set(like.map((parts) => parts.map(asPattern).join('.')))].slice(0, MEANT_MAX)
  const hint = meant.length === 0 ? '' : `; did you mean ${meant.map((name) => `'${name}'`).join(' or ')}?`
  return new AppError('TABLE_NOT_FOUND', `${option} ${pattern} matches no table of the ${place}${hint}`)
}

const MEANT_MAX = 3

function foldLetters(name: string): string {
  return name.replaceAll(/["*?]/g, '').toLowerCase()
}

function asPattern(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`
}
