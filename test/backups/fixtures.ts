import { randomBytes } from 'node:crypto'
import { Client } from 'pg'
import { createBackupId } from '#backups/format/backup-id'
import { dumpDatabase } from '#backups/dump/dump'
import type { Manifest } from '#backups/format/manifest'
import type { ObjectRef, ObjectStore } from '#backups/store/object-store'
import { systemClock } from '#platform/clock'

export const SOURCE = 'hunter'
export const TOOL_VERSION = '0.0.0-test'

/** Makes ids from the machine's clock: a suite makes several backups in a second, of several databases. */
export function dump(store: ObjectStore, databaseUrl: string, source = SOURCE): Promise<Manifest> {
  const id = createBackupId(systemClock.now(), randomBytes(3).toString('hex'))
  const input = { id, source, databaseUrl, toolVersion: TOOL_VERSION }
  return dumpDatabase({ store, clock: systemClock }, { ...input, sameDatabase: true })
}

/** Runs statements one by one, each in a transaction of its own unless they say otherwise. */
export async function runSql(databaseUrl: string, sql: string): Promise<void> {
  await withClient(databaseUrl, async (client) => {
    for (const statement of sql.split(/;\n/)) if (statement.trim() !== '') await client.query(statement)
  })
}

export async function rowsOf<Row extends object>(databaseUrl: string, sql: string): Promise<Row[]> {
  return withClient(databaseUrl, async (client) => (await client.query<Row>(sql)).rows)
}

export async function withClient<T>(databaseUrl: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: databaseUrl })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

export async function readAll(store: ObjectStore, object: ObjectRef): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of await store.read(object)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

export const LARGE_ROWS = 30_000
/** Some 40 MB, so that the dump has several parts, but small once compressed. */
export const LARGE_TABLE = `
  CREATE TABLE large AS SELECT n AS id, repeat(md5(n::text), 40) AS hash FROM generate_series(1, ${LARGE_ROWS}) n`

/** As many pages in few bytes, with a row on each: several parts that cost little to compress, load and compare. */
export const SPARSE_TABLE = `
  CREATE TABLE large WITH (fillfactor = 10) AS SELECT n AS id, repeat(md5(n::text), 24) AS hash FROM generate_series(1, 5000) n`

/** A store that returns other bytes for every dump. */
export function withBytes(store: ObjectStore, bytes: Buffer): ObjectStore {
  return {
    ...store,
    read: async (_object, range) => oneChunk(range ? bytes.subarray(range.start, range.end) : bytes),
  }
}

async function* oneChunk(bytes: Buffer): AsyncGenerator<Buffer> {
  if (bytes.length > 0) yield bytes
}
