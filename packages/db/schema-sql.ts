/** The tables that TypeScript describes, as SQL: columns, keys and references. Indexes and checks are SQL's own matter. */
import { is, SQL } from 'drizzle-orm'
import { getTableConfig, type PgColumn, PgDialect, PgTable } from 'drizzle-orm/pg-core'

const dialect = new PgDialect()

/** For an empty database. `tables` is what a module of tables exports. */
export function schemaSql(tables: Record<string, unknown>): string {
  const configs = Object.values(tables)
    .filter((value) => is(value, PgTable))
    .map((table) => getTableConfig(table))
  const made = configs.map(({ name, columns, primaryKeys, uniqueConstraints }) => {
    const lines = [
      ...columns.map(columnSql),
      ...primaryKeys.map((key) => `primary key (${namesOf(key.columns)})`),
      ...uniqueConstraints.map((key) => `unique (${namesOf(key.columns)})`),
    ]
    return `create table ${quoted(name)} (\n  ${lines.join(',\n  ')}\n)`
  })
  const references = configs.flatMap(({ name, foreignKeys }) =>
    foreignKeys.map((key) => {
      const { columns, foreignTable, foreignColumns } = key.reference()
      const other = getTableConfig(foreignTable).name
      const onDelete = key.onDelete ? ` on delete ${key.onDelete}` : ''
      const from = `alter table ${quoted(name)} add foreign key (${namesOf(columns)})`
      return `${from} references ${quoted(other)} (${namesOf(foreignColumns)})${onDelete}`
    }),
  )
  return [...made, ...references].map((statement) => `${statement};\n`).join('')
}

function columnSql(column: PgColumn): string {
  const { name, generatedIdentity: identity, generated } = column
  const parts = [quoted(name), column.getSQLType()]
  if (identity) parts.push(`generated ${identity.type === 'always' ? 'always' : 'by default'} as identity`)
  if (generated) parts.push(`generated always as (${expression(generated.as)}) stored`)
  if (column.default !== undefined) parts.push(`default ${literal(column, column.default)}`)
  if (column.notNull && !column.primary) parts.push('not null')
  if (column.primary) parts.push('primary key')
  if (column.isUnique) parts.push('unique')
  return parts.join(' ')
}

function expression(value: unknown): string {
  const made = typeof value === 'function' ? (value as () => unknown)() : value
  return is(made, SQL) ? dialect.sqlToQuery(made.inlineParams()).sql : String(made)
}

function literal(column: PgColumn, value: unknown): string {
  if (is(value, SQL)) return expression(value)
  const stored = column.mapToDriverValue(value)
  if (typeof stored === 'number' || typeof stored === 'boolean') return String(stored)
  return `'${(typeof stored === 'string' ? stored : JSON.stringify(stored)).replaceAll("'", "''")}'`
}

const namesOf = (columns: { name: string }[]) => columns.map(({ name }) => quoted(name)).join(', ')
const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`
