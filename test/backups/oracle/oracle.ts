import { execFile, execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { createGunzip } from 'node:zlib'
import type { Manifest } from '#backups/format/manifest'
import type { ObjectStore } from '#backups/store/object-store'
import { getDatabaseName, withDatabase } from '#backups/postgres/session'
import { quoteName } from '#backups/postgres/quote'
import { withClient } from '../fixtures.ts'

export interface OracleDatabase {
  url: string
  drop(): Promise<void>
}

/** An empty database on the test's own server. */
export async function createOracleDatabase(
  serverUrl: string,
  name: string,
  encoding = 'UTF8',
): Promise<OracleDatabase> {
  const onServer = (sql: string) => withClient(serverUrl, async (client) => void (await client.query(sql)))
  await onServer(`CREATE DATABASE ${name} TEMPLATE template0 ENCODING '${encoding}' LC_COLLATE 'C' LC_CTYPE 'C'`)
  return { url: withDatabase(serverUrl, name), drop: () => onServer(`DROP DATABASE ${name} WITH (FORCE)`) }
}

/** Sets a database's defaults for new sessions; without any, removes the former ones. */
export async function setDefaults(databaseUrl: string, defaults: string[]): Promise<void> {
  await withClient(withDatabase(databaseUrl, 'postgres'), async (client) => {
    const name = quoteName(getDatabaseName(databaseUrl))
    await client.query(`ALTER DATABASE ${name} RESET ALL`)
    for (const setting of defaults) await client.query(`ALTER DATABASE ${name} SET ${setting}`)
  })
}

/** A database's own limit may be too short for psql's first statement. */
const PATIENT = { ...process.env, PGOPTIONS: '-c statement_timeout=0' }

/** Restores as a person would: fetches the object, unpacks it and passes it to psql. */
export async function restoreWithPsql(
  psql: string,
  store: ObjectStore,
  { object }: Manifest,
  databaseUrl: string,
): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'hunter-oracle-'))
  try {
    const file = join(dir, 'dump.sql')
    await pipeline(await store.read(object), createGunzip(), createWriteStream(file))
    const args = ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-o', '/dev/null', '-f', file, databaseUrl]
    await promisify(execFile)(psql, args, { env: PATIENT })
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

/** Writes the real pg_dump's output to a file, with its random key pinned. */
export async function pgDumpTo(pgDump: string, databaseUrl: string, file: string): Promise<void> {
  await promisify(execFile)(pgDump, ['--restrict-key=oracle', '-f', file, databaseUrl])
}

export async function sha256Of(file: string): Promise<string> {
  const sha = createHash('sha256')
  await pipeline(createReadStream(file), sha)
  return sha.digest('hex')
}

/** Returns the first lines in which two files differ, for the message of a failed test. */
export function firstDifference(one: string, other: string): string {
  try {
    execFileSync('diff', [one, other], { stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 2 ** 30 })
    return ''
  } catch (error) {
    return String((error as { stdout: Buffer }).stdout).slice(0, 2000)
  }
}

/**
 * Returns the number of rows and a hash of each table and materialised view, computed by the server regardless of row
 * order.
 */
export async function contentOf(databaseUrl: string): Promise<Record<string, string>> {
  return withClient(databaseUrl, async (client) => {
    const { rows: tables } = await client.query<{ name: string }>(`
      SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE (c.relkind = 'r' OR c.relkind = 'm' AND c.relispopulated) AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
      ORDER BY 1`)
    await client.query(`SET row_security = off`)
    const contents: Record<string, string> = {}
    for (const { name } of tables) {
      const { rows } = await client.query<{ content: string }>(
        `SELECT count(*) || ' rows, ' || coalesce(sum(hashtextextended(t::text, 0)), 0) AS content FROM ONLY ${name} t`,
      )
      contents[name] = rows[0]?.content ?? ''
    }
    return contents
  })
}
