/** Tests backups of a part of a database, selected like pg_dump's --schema, --table and --exclude-table. */
import { randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createBackupId } from '#backups/format/backup-id'
import { dumpDatabase } from '#backups/dump/dump'
import { type Manifest, type Scope, selectTableMembers } from '#backups/format/manifest'
import { requireSameTables } from '#backups/dump/part-definitions'
import { verifyBackup } from '#backups/proof/verify'
import { restoreBackup } from '#backups/restore/replace-live'
import { restoreInto } from '#backups/restore/into-empty'
import { planRestore } from '#backups/restore/plan'
import { restoreTables } from '#backups/restore/tables'
import { systemClock } from '#platform/clock'
import { type AloneRoom, type AloneRun, hunterBackup, jsonOf, openAloneRoom } from '../../support/hunter-backup.ts'
import { createTestDatabase, serverUrl, type TestDatabase } from '../../support/postgres.ts'
import { isThorough, sampleOf } from '../../support/thorough.ts'
import { rowsOf, runSql, TOOL_VERSION } from '../fixtures.ts'

const READER = `part_reader_${process.pid}`

const TABLES = `
  CREATE SCHEMA app;\nCREATE SCHEMA extras;\nCREATE SCHEMA logs;\nCREATE EXTENSION citext SCHEMA extras;
  CREATE TYPE app.mood AS ENUM ('fine', 'bad');
  CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
  CREATE TABLE app.customers (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email extras.citext, mood app.mood);
  CREATE TABLE app.orders (id serial PRIMARY KEY, customer int REFERENCES app.customers,
    status varchar(20) CHECK (status IN ('new', 'paid')));
  CREATE TRIGGER touching BEFORE UPDATE ON app.orders FOR EACH ROW EXECUTE FUNCTION app.touch();
  CREATE VIEW app.open_orders AS SELECT id FROM app.orders WHERE status = 'new';
  CREATE TABLE logs."Event.Log" (id bigserial PRIMARY KEY, day date);
  CREATE TABLE logs.days (day date NOT NULL) PARTITION BY RANGE (day);
  CREATE TABLE logs.days_2026 PARTITION OF logs.days FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
  CREATE TABLE notes (note text);
  CREATE TABLE invoices (orders int REFERENCES app.orders);
  INSERT INTO app.customers (email, mood) VALUES ('one@example.com', 'fine'), ('two@example.com', NULL);
  INSERT INTO app.orders (customer, status) SELECT 1 + n % 2, 'new' FROM generate_series(1, 50) n;
  INSERT INTO logs."Event.Log" (day) VALUES ('2026-11-29');
  INSERT INTO logs.days VALUES ('2026-11-29');
  INSERT INTO notes VALUES ('one');
  INSERT INTO invoices VALUES (1);
  SELECT lo_from_bytea(0, 'large');
  CREATE ROLE ${READER} LOGIN PASSWORD 'part';
  GRANT USAGE ON SCHEMA app TO ${READER};
  GRANT SELECT ON ALL TABLES IN SCHEMA app TO ${READER};
  GRANT SELECT ON ALL SEQUENCES IN SCHEMA app TO ${READER}`

let room: AloneRoom
let live: TestDatabase
beforeAll(async () => {
  room = await openAloneRoom()
  live = await createTestDatabase()
  await runSql(live.url, TABLES)
})
afterAll(async () => {
  await runSql(live.url, `DROP OWNED BY ${READER};\nDROP ROLE ${READER}`)
  await room.close()
  await live.drop()
})

function dumpPart(source: string, scope: Partial<Scope> | undefined, databaseUrl = live.url): Promise<Manifest> {
  const id = createBackupId(systemClock.now(), randomBytes(3).toString('hex'))
  const about = { id, source, databaseUrl, toolVersion: TOOL_VERSION }
  const whole = { tables: [], schemas: [], excludeTables: [] }
  const input = { ...about, ...(scope ? { scope: { ...whole, ...scope } } : {}) }
  return dumpDatabase({ store: room.bucket.store, clock: systemClock }, input)
}

const deps = () => ({ store: room.bucket.store, clock: systemClock })
/** The fastest place; the part of a command line is proven in the embedded Postgres. */
const proofDeps = () => ({ ...deps(), tempDir: tmpdir(), embeddedBytesMax: 1, scratchUrl: serverUrl() })

const inReader = () => live.url.replace(/\/\/[^@]*@/, `//${READER}:part@`)

describe('is proven, and restores into an empty database', () => {
  const parts: [string, Partial<Scope>, string[], string, unknown[]][] = [
    [
      'a schema with what it holds',
      { schemas: ['app'] },
      ['app.customers', 'app.orders'],
      `SELECT last_value::int AS value, (SELECT count(*)::int FROM app.open_orders) AS open FROM app.orders_id_seq`,
      [{ value: 50, open: 50 }],
    ],
    [
      'all but some tables, large objects too',
      { excludeTables: ['logs.*', 'invoices'] },
      ['app.customers', 'app.orders', 'public.notes'],
      'SELECT count(*)::int AS n FROM pg_largeobject_metadata',
      [{ n: 1 }],
    ],
    [
      'the schema that every database has, which stays as it is',
      { schemas: ['public'], excludeTables: ['invoices'] },
      ['public.notes'],
      'SELECT note FROM notes',
      [{ note: 'one' }],
    ],
    [
      'tables, whose schema is made',
      { tables: ['logs."Event.Log"', 'NOTES'] },
      ['logs.Event.Log', 'public.notes'],
      `SELECT nextval('logs."Event.Log_id_seq"')::int AS next, (SELECT count(*)::int FROM notes) AS notes`,
      [{ next: 2, notes: 1 }],
    ],
    [
      'a partitioned table with its partitions',
      { tables: ['logs.days*'] },
      ['logs.days_2026'],
      'SELECT count(*)::int AS n FROM logs.days',
      [{ n: 1 }],
    ],
  ]
  test.each(sampleOf(parts))('%s', async (what, scope, tables, query, rows) => {
    const source = what.replaceAll(/[^a-z]+/g, '-')
    const manifest = await dumpPart(source, scope)
    expect(selectTableMembers(manifest).map(({ schema, table }) => `${schema}.${table}`)).toEqual(tables)
    const proof = await verifyBackup(proofDeps(), { source, id: manifest.id, toolVersion: TOOL_VERSION })
    expect(proof).toMatchObject({ level: 4, verified: true })
    const copy = await createTestDatabase()
    const report = await restoreInto(deps(), { source, id: manifest.id, databaseUrl: copy.url })
    expect(report.tables).toBe(tables.length)
    expect(await rowsOf(copy.url, query)).toEqual(rows)
    await copy.drop()
  })
})

test.runIf(isThorough)('needs no permission to read the rest', async () => {
  const reader = await dumpPart('by-reader', { schemas: ['app'] }, inReader())
  const owner = await dumpPart('by-owner', { schemas: ['app'] })
  expect(reader.definitionsSha256).toBe(owner.definitionsSha256)
  await expect(dumpPart('by-reader-whole', undefined, inReader())).rejects.toThrow(/permission denied/)
})

test('fails when pg_dump and the choice of the rows read a pattern differently', () => {
  const table = {
    oid: 1,
    schema: 'app',
    table: 'orders',
    columns: [],
    types: [],
    pages: 0,
    tableBytes: 0,
    hasPages: false,
  }
  const preData = '--\n-- Name: orders; Type: TABLE; Schema: app; Owner: me\n--\n\nCREATE TABLE app.orders ();\n'
  const definitions = { preData, postData: '' }
  requireSameTables(definitions, [table], [table])
  expect(() => requireSameTables(definitions, [], [table])).toThrow(/with these patterns: "app"\."orders"/)
  expect(() => requireSameTables({ ...definitions, preData: '' }, [table], [table])).toThrow(/"app"\."orders"/)
})

test('never replaces a whole database; its tables restore beside the live ones', async () => {
  const source = 'no-whole'
  const { id } = await dumpPart(source, { schemas: ['app'] })
  const input = { source, id, databaseUrl: live.url }
  const refusal = { code: 'BACKUP_UNSUPPORTED', message: expect.stringMatching(/schema app.*--to.*--table/) }
  await expect(restoreBackup(deps(), input)).rejects.toMatchObject(refusal)
  await expect(planRestore(deps(), input)).rejects.toMatchObject(refusal)
  expect(await restoreTables(deps(), { ...input, tables: ['app.orders'] })).toMatchObject({ rows: 50 })
})

test.each<[string, Partial<Scope>, string, RegExp]>([
  ['a foreign key', { schemas: ['public'] }, 'BACKUP_UNSUPPORTED', /invoices needs app\.orders.*--exclude-table/],
  ['a partition', { tables: ['logs.days_2026'] }, 'BACKUP_UNSUPPORTED', /days_2026 needs logs\.days/],
  ['what a view reads', { tables: ['app.open_orders'] }, 'BACKUP_UNSUPPORTED', /open_orders needs app\.orders/],
  [
    'a table that is not there',
    { tables: ['app.order'] },
    'TABLE_NOT_FOUND',
    /app\.order matches no table of the database/,
  ],
])('is refused if it would lack %s', async (_what, scope, code, message) => {
  await expect(dumpPart('lacking', scope)).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
})

test.runIf(isThorough)('stays unproven if it lacks a type, which the proof names', async () => {
  const { id } = await dumpPart('typeless', { tables: ['app.customers'] })
  const proof = await verifyBackup(proofDeps(), { source: 'typeless', id, toolVersion: TOOL_VERSION })
  expect(proof.verified).toBe(false)
  expect(proof.checks.find(({ passed }) => !passed)?.reason).toMatch(/type "app\.mood" does not exist/)
})

test.runIf(isThorough)('cannot share a name with whole backups or with another part', async () => {
  await dumpPart('whole', undefined)
  const part = dumpPart('whole', { schemas: ['app'] })
  const refused = /whole hold the whole database, but this run backs up a part \(schema app\): .*--name/
  await expect(part).rejects.toMatchObject({ code: 'USAGE', message: expect.stringMatching(refused) })
  await dumpPart('part', { schemas: ['app', 'logs'] })
  expect((await dumpPart('part', { schemas: ['logs', 'app'] })).sequence).toBe(2)
  await expect(dumpPart('part', { schemas: ['app'] })).rejects.toMatchObject({ code: 'USAGE' })
  await expect(dumpPart('part', undefined)).rejects.toMatchObject({ code: 'USAGE' })
})

describe('on the command line', () => {
  test.runIf(isThorough)('is made, and run, list and show name its tables', async () => {
    const dest = await room.newDest()
    const where = ['--source', live.url, '--dest', dest, '--name', 'shop-app', '--database-only']
    const some = ['--table', 'notes', '--table', 'logs.days*', '--exclude-table', 'logs.other*']
    const refused = await hunterBackup('run', ...where, ...some)
    expect(refused.err).toMatch(/--exclude-table logs\.other\* matches no table/)
    const made = await hunterBackup('run', ...where, ...some.slice(0, 4), '--no-verify')
    expect(made).toMatchObject({ status: 0, out: expect.stringMatching(/part +table notes, table logs\.days\*\n/) })
    const from = ['--from', dest, '--name', 'shop-app']
    expect((await hunterBackup('list', ...from)).out).toMatch(/postgres, part: table notes, table logs\.days\*/)
    expect((await hunterBackup('show', 'latest', ...from)).out).toMatch(/part +table notes, table logs\.days\*\n/)
    const again = await jsonOf<AloneRun>('run', ...where, '--table', 'logs.days*', '--table=notes')
    expect(again.proof).toMatchObject({ level: 4, verified: true })
  })

  test.each<[string, string[], RegExp]>([
    ['without a name of its own', ['--schema', 'app'], /needs its own name: add --name/],
    ['with schemas and tables', ['--name', 'x', '--schema', 'app', '--table', 'notes'], /--table 'app\.\*'/],
    ['of settings alone', ['--name', 'x', '--table', 'notes', '--config-only'], /--config-only stores none/],
    ['of a SQLite file', ['--name', 'x', '--table', 'notes', '--source', 'sqlite:SQLITE'], /SQLite file/],
  ])('is refused %s before anything is written', async (_what, args, message) => {
    const dest = await room.newDest()
    const file = join(dest, '..', 'part.db')
    const { DatabaseSync } = await import('node:sqlite')
    const db = new DatabaseSync(file)
    db.exec('CREATE TABLE IF NOT EXISTS notes (note text)')
    db.close()
    const given = args.map((arg) => arg.replace('SQLITE', file))
    const of = given.includes('--config-only') || given.includes('--source') ? [] : ['--source', live.url]
    const { status, err } = await hunterBackup('run', '--dest', dest, ...of, ...given)
    expect({ status, err }).toEqual({ status: 2, err: expect.stringMatching(message) })
    expect(await readdir(dest)).toEqual([])
  })

  test('is refused for a stack', async () => {
    const { status, err } = await hunterBackup('run', '--schema', 'app')
    expect({ status, err }).toEqual({ status: 2, err: expect.stringMatching(/a stack is backed up as a whole/) })
  })
})
