import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseBackupId } from '#backups/format/backup-id'
import { placeTables } from '#backups/restore/places'
import { quoteQualifiedName } from '#backups/postgres/quote'
import { chooseTables, type TableChoice, type TableName } from '#backups/postgres/table-patterns'
import {
  type DebianPostgres,
  debianTool,
  hasDebianPostgres,
  startDebianPostgres,
} from '../../support/debian-postgres.ts'
import { isThorough } from '../../support/thorough.ts'
import { withClient } from '../fixtures.ts'

const TABLES: TableName[] = [
  ['public', 'orders'],
  ['public', 'Orders'],
  ['public', 'orders_2025'],
  ['public', 'orders_2026'],
  ['public', 'a.b'],
  ['public', 'say "hi"'],
  ['public', '"'],
  ['public', 'cost$'],
  ['public', 'c*t'],
  ['public', 'çay\nbir'],
  ['app', 'orders'],
  ['app', 'only'],
  ['App.old', 'orders'],
].map(([schema = '', table = '']) => ({ schema, table }))

const choose = (choice: TableChoice) => chooseTables(TABLES, choice).map((t) => quoteQualifiedName(t.schema, t.table))

/** Each pattern with the tables that pg_dump selects. */
const PATTERNS = [
  'ORDERS',
  '"Orders"',
  'Order?',
  'orders_202[56]',
  'orders_2025|only',
  '*',
  '*.orders',
  'a*.o*',
  '"App.old".Ord*',
  '"a.b"',
  '"say ""hi"""',
  '""""',
  'COST$',
  '"c*t"',
  'c*',
  '"çay\nbir"',
  'a"pp".on"ly"',
  '(app|public).orders',
  '""orders',
  '?',
]

describe.skipIf(!hasDebianPostgres() || !isThorough)('a pattern matches what pg_dump matches', () => {
  let server: DebianPostgres
  beforeAll(async () => {
    server = await startDebianPostgres()
    const schemas = [...new Set(TABLES.map(({ schema }) => schema))].filter((schema) => schema !== 'public')
    await withClient(server.url, async (client) => {
      for (const schema of schemas) await client.query(`CREATE SCHEMA ${quoteQualifiedName(schema, '').slice(0, -3)}`)
      for (const { schema, table } of TABLES) await client.query(`CREATE TABLE ${quoteQualifiedName(schema, table)} ()`)
    })
  })
  afterAll(() => server.close())

  const dumped = async (option: string, pattern: string) => {
    const args = ['--schema-only', '--quote-all-identifiers', '--strict-names', option, pattern, server.url]
    const { stdout } = await promisify(execFile)(debianTool('pg_dump'), args)
    const names = [...stdout.matchAll(/^CREATE TABLE ((?:"(?:[^"]|"")*"\.?)+) \(/gm)].map(([, name = '']) => name)
    return names.filter((name) => !/^"(?:pg_catalog|information_schema)"/.test(name)).sort() // no backup has those
  }

  test.each(PATTERNS)('--table %j', async (pattern) => {
    expect(choose({ tables: [pattern] }).sort()).toEqual(await dumped('--table', pattern))
  })
  test.each(['APP', '"App.old"', 'a*'])('--schema %j', async (pattern) => {
    expect(choose({ schemas: [pattern] }).sort()).toEqual(await dumped('--schema', pattern))
  })
  test.each(['app.*', '*.orders'])('--exclude-table %j', async (pattern) => {
    expect(choose({ excluded: [pattern] }).sort()).toEqual(await dumped('--exclude-table', pattern))
  })
})

test('--table and --schema add tables, and --exclude-table removes them', () => {
  expect(choose({ tables: ['orders_*'], schemas: ['app'], excluded: ['*.orders', 'orders_2025'] })).toEqual([
    '"public"."orders_2026"',
    '"app"."only"',
  ])
  expect(choose({})).toHaveLength(TABLES.length)
})

describe('is refused by name', () => {
  test.each<[TableChoice, string]>([
    [{ tables: ['orders', 'Missing*'] }, '--table Missing* matches no table of the backup'],
    [{ tables: ['only'] }, "--table only matches no table of the backup; did you mean 'app.only'?"],
    [{ tables: ['app.Only', 'x'] }, '--table x matches no table of the backup'],
    [
      { tables: ['APP."ORDERS"'] },
      `--table APP."ORDERS" matches no table of the backup; did you mean 'public.orders' or 'public."Orders"' or 'app.orders'?`,
    ],
    [{ schemas: ['"App"'] }, '--schema "App" matches no table of the backup; did you mean \'app\'?'],
    [{ excluded: ['gone'] }, '--exclude-table gone matches no table of the backup'],
  ])('%j', (choice, message) => {
    expect(() => choose(choice)).toThrow(expect.objectContaining({ code: 'TABLE_NOT_FOUND', message }))
  })
  test('a selection that excludes everything', () => {
    expect(() => choose({ schemas: ['app'], excluded: ['app.*'] })).toThrow('excludes every chosen table')
    expect(() => chooseTables([], {})).toThrow('the backup has no tables')
  })
  test.each<[TableChoice, string]>([
    [{ tables: ['"open'] }, 'a double quote is not closed'],
    [{ tables: ['shop.app.orders'] }, 'more parts than a schema and a table'],
    [{ tables: ['app.'] }, 'a name in it is empty'],
    [{ tables: [''] }, 'a name in it is empty'],
    [{ schemas: ['app.orders'] }, 'a schema has no dot in its name'],
    [{ tables: ['a(b'] }, 'put double quotes around a name'],
  ])('%j is not a pattern', (choice, message) => {
    expect(() => choose(choice)).toThrow(
      expect.objectContaining({ code: 'USAGE', message: expect.stringContaining(message) }),
    )
  })
})

describe('restored tables are created', () => {
  const ID = parseBackupId('20261120T030000Z-4f9c2a')
  const COMMON = 'restored_20261120t030000z_4f9c2a'
  const schemasFor = (...names: [string, string][]) => {
    const tables = names.map(([schema, table]) => ({ schema, table }))
    return tables.map((table) => placeTables(tables, ID)(table).schema)
  }

  test('in one schema, or in separate ones if two schemas have a table of the same name', () => {
    expect(schemasFor(['public', 'a'], ['app', 'b'], ['app', 'A'])).toEqual([COMMON, COMMON, COMMON])
    const apart = schemasFor(['public', 'a'], ['app', 'a'], ['app', 'b'], ['other', 'c'])
    expect(apart).toEqual([`${COMMON}_public`, `${COMMON}_app`, `${COMMON}_app`, COMMON])
  })

  test('in separate schemas, too, if the names would be equal after truncation', () => {
    const long = 'ş'.repeat(31)
    const [first = '', second = ''] = schemasFor([long, 'a'], [`${long.slice(1)}x`, 'a'])
    expect(first).not.toBe(second)
    for (const name of [first, second]) expect(Buffer.byteLength(name)).toBeLessThanOrEqual(63)
  })
})
