/** Definitions of a part of a database, as pg_dump writes them for a selection. */
import type { Ddl } from '#backups/postgres/pg-dump'
import { type DdlEntry, mapEntries, readDdl } from '#backups/postgres/pg-dump-entries'
import type { Scope } from '#backups/format/manifest'
import { isNarrow } from '#backups/dump/scope'
import type { SourceTable } from '#backups/dump/tables'
import { quoteQualifiedName, quoteName } from '#backups/postgres/quote'

/** A name without a schema means `public`, as in the selection of rows, regardless of the role's search path. */
export function buildPartArgs(scope: Scope, extensions: string[]): string[] {
  const inPublic = (pattern: string) =>
    pattern.replaceAll(/"(?:[^"]|"")*"/g, '').includes('.') ? pattern : `public.${pattern}`
  return [
    ...scope.tables.map((pattern) => `--table=${inPublic(pattern)}`),
    ...scope.schemas.map((pattern) => `--schema=${pattern}`),
    ...scope.excludeTables.map((pattern) => `--exclude-table=${inPublic(pattern)}`),
    ...(isNarrow(scope) && extensions.length > 0 ? ['--extension=*'] : []), // Columns may use their types.
  ]
}

/** pg_dump recreates the schema `public` when it is selected by name, but every database has one. */
export function removePublicSchema(preData: string): string {
  return mapEntries(preData, ({ type, name, sql }) => {
    const isOfPublic = type === 'SCHEMA' ? name === 'public' : ABOUT.has(type) && name === 'SCHEMA public'
    if (!isOfPublic) return sql
    return (sql.match(/^SET default_\w+ = .*;\n/gm) ?? []).join('') // Settings that the next entries need.
  })
}

const ABOUT = new Set(['COMMENT', 'ACL', 'SECURITY LABEL'])

/** Returns schemas that the definitions mention and do not create. */
export function findNeededSchemas(entries: DdlEntry[]): string[] {
  const made = new Set(['public', '-', '', ...entries.filter(({ type }) => type === 'SCHEMA').map(({ name }) => name)])
  const named = entries.map(({ type, schema, sql }) => (type === 'EXTENSION' ? schemaOfExtension(sql) : schema))
  return [...new Set(named)].filter((schema) => !made.has(schema) && !schema.startsWith('pg_')).sort()
}

function schemaOfExtension(sql: string): string {
  const quoted = /WITH SCHEMA (.+);$/m.exec(sql)?.[1] ?? ''
  return quoted.startsWith('"') ? quoted.slice(1, -1).replaceAll('""', '"') : quoted
}

export function buildSchemasSql({ preData, postData }: Ddl): string {
  const entries = [preData, postData].flatMap((sql) => readDdl(sql).entries)
  return findNeededSchemas(entries)
    .map((schema) => `CREATE SCHEMA IF NOT EXISTS ${quoteName(schema)};\n`)
    .join('')
}

/** Checks that the selected tables are the ones that pg_dump describes. @throws Error that names the difference */
export function requireSameTables({ preData }: Ddl, chosen: SourceTable[], all: SourceTable[]): void {
  const described = listNames(preData, 'TABLE')
  const read = new Set(chosen)
  const differing = all.filter(
    (table) => table.filter === undefined && described.has(buildKey(table)) !== read.has(table),
  )
  if (differing.length === 0) return
  const names = differing.map(({ schema, table }) => quoteQualifiedName(schema, table))
  throw new Error(
    `pg_dump matches different tables with these patterns: ${names.join(', ')}; name the tables without patterns`,
  )
}

/** Returns a test for whether the definitions create a sequence. */
export function createSequenceTest({ preData }: Ddl): (sequence: { schema: string; sequence: string }) => boolean {
  const made = listNames(preData, 'SEQUENCE')
  return ({ schema, sequence }) => made.has(buildKey({ schema, table: sequence }))
}

function listNames(sql: string, type: string): Set<string> {
  const entries = readDdl(sql).entries.filter((entry) => entry.type === type)
  return new Set(entries.map(({ schema, name }) => buildKey({ schema, table: name })))
}

/** pg_dump's comments replace line breaks by blanks. */
function buildKey({ schema, table }: { schema: string; table: string }): string {
  return quoteQualifiedName(schema, table).replaceAll(/[\n\r]/g, ' ')
}
