import { createHash } from 'node:crypto'
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'
import { createFingerprint } from '#backups/dump/fingerprint'
import type { SqliteTable } from '#backups/format/manifest'
import { quoteName } from '#backups/postgres/quote'

const CHUNK_CHARS = 256 * 1024

/** A virtual table has no pages of its own: ordinary tables beside it hold its contents. */
const TABLES = `SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 ORDER BY name`

/** Returns every table with its number of rows and an order-independent hash of them. Calls `onRows` while it reads. */
export function fingerprintTables(db: DatabaseSync, onRows: () => void = () => undefined): SqliteTable[] {
  const names = db.prepare(TABLES).all() as { name: string }[]
  return names.map(({ name }) => fingerprintTable(db, name, onRows))
}

const DEFINITIONS = `SELECT type, name, sql FROM sqlite_schema ORDER BY type, name`

/** Returns the SHA-256 of the statements that create the tables, indexes, views and triggers. */
export function hashDefinitions(db: DatabaseSync): string {
  return createHash('sha256')
    .update(JSON.stringify(db.prepare(DEFINITIONS).all()))
    .digest('hex')
}

function fingerprintTable(db: DatabaseSync, name: string, onRows: () => void): SqliteTable {
  const columns = listColumns(db, name)
  const select = db.prepare(`SELECT ${columns.map(exactly).join(', ')} FROM ${quoteName(name)}`)
  select.setReadBigInts(true)
  select.setReturnArrays(true)
  const fingerprint = createFingerprint()
  let lines = ''
  for (const row of select.iterate() as Iterable<unknown> as Iterable<SQLOutputValue[]>) {
    lines += `${row.map(encodeValue).join(',')}\n`
    if (lines.length < CHUNK_CHARS) continue
    onRows()
    fingerprint.update(Buffer.from(lines, 'latin1'))
    lines = ''
  }
  fingerprint.update(Buffer.from(lines, 'latin1'))
  const { rows, fingerprint: hash } = fingerprint.result()
  return { name, columns, rows, fingerprint: hash }
}

/** Omits generated columns, which follow from the others. */
function listColumns(db: DatabaseSync, table: string): string[] {
  const rows = db.prepare('SELECT name FROM pragma_table_xinfo(?) WHERE hidden = 0 ORDER BY cid').all(table)
  return (rows as { name: string }[]).map(({ name }) => name)
}

/** Hashes text by its bytes: a string would lose invalid UTF-8. */
function exactly(column: string): string {
  const name = quoteName(column)
  return `CASE typeof(${name}) WHEN 'text' THEN 't' || hex(${name}) ELSE ${name} END`
}

/** Each kind of value starts with its own letter, and none contains a comma or a line break. */
function encodeValue(value: SQLOutputValue): string {
  if (value === null) return 'n'
  if (typeof value === 'string') return value
  if (typeof value === 'bigint') return `i${value}`
  if (typeof value !== 'number') return `b${Buffer.from(value).toString('hex')}`
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleBE(value)
  return `r${bytes.toString('hex')}`
}
