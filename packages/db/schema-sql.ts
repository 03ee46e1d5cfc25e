/** The tables that TypeScript describes, as SQL: columns, keys, references and sequences of defaults. Indexes and checks are SQL's own matter. */
import { is, SQL } from 'drizzle-orm'
import { getTableConfig, type PgColumn, PgDialect, PgTable } from 'drizzle-orm/pg-core'

const dialect = new PgDialect()

/** Writes the SQL for an empty database. `tables` is what a module of tables exports. */
export function writeSchemaSql(tables: Record<string, unknown>): string {
  const configs = Object.values(tables)
    .filter((value) => is(value, PgTable))
    .map((table) => getTableConfig(table))
  const sequences = configs
    .flatMap(({ columns }) => columns)
    .flatMap((column) => [...formatColumn(column).matchAll(/ default nextval\('(\w+)'\)/g)])
    .map(([, name = '']) => `create sequence ${quoteName(name)}`)
  const made = configs.map(({ name, columns, primaryKeys, uniqueConstraints }) => {
    const lines = [
      ...columns.map(formatColumn),
      ...primaryKeys.map((key) => `primary key (${quoteColumns(key.columns)})`),
      ...uniqueConstraints.map((key) => `unique (${quoteColumns(key.columns)})`),
    ]
    return `create table ${quoteName(name)} (\n  ${lines.join(',\n  ')}\n)`
  })
  const references = configs.flatMap(({ name, foreignKeys }) =>
    foreignKeys.map((key) => {
      const { columns, foreignTable, foreignColumns } = key.reference()
      const other = getTableConfig(foreignTable).name
      const onDelete = key.onDelete ? ` on delete ${key.onDelete}` : ''
      const from = `alter table ${quoteName(name)} add foreign key (${quoteColumns(columns)})`
      return `${from} references ${quoteName(other)} (${quoteColumns(foreignColumns)})${onDelete}`
    }),
  )
  return [...sequences, ...made, ...references].map((statement) => `${statement};\n`).join('')
}

function formatColumn(column: PgColumn): string {
  const { name, generatedIdentity: identity, generated } = column
  const parts = [quoteName(name), column.getSQLType()]
  if (identity) parts.push(`generated ${identity.type === 'always' ? 'always' : 'by default'} as identity`)
  if (generated) parts.push(`generated always as (${formatExpression(generated.as)}) stored`)
  if (column.default !== undefined) parts.push(`default ${formatLiteral(column, column.default)}`)
  if (column.notNull && !column.primary) parts.push('not null')
  if (column.primary) parts.push('primary key')
  if (column.isUnique) parts.push('unique')
  return parts.join(' ')
}

function formatExpression(value: unknown): string {
  const made = typeof value === 'function' ? (value as () => unknown)() : value
  return is(made, SQL) ? dialect.sqlToQuery(made.inlineParams()).sql : String(made)
}

function formatLiteral(column: PgColumn, value: unknown): string {
  if (is(value, SQL)) return formatExpression(value)
  const stored = column.mapToDriverValue(value)
  if (typeof stored === 'number' || typeof stored === 'boolean') return String(stored)
  return `'${(typeof stored === 'string' ? stored : JSON.stringify(stored)).replaceAll("'", "''")}'`
}

const quoteColumns = (columns: { name: string }[]) => columns.map(({ name }) => quoteName(name)).join(', ')
const quoteName = (name: string) => `"${name.replaceAll('"', '""')}"`
