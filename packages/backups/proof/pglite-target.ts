import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { closeInOrder } from '#platform/async/close-in-order'
import { type DdlSection, buildPgDumpArgs, runPgDumpOn } from '#backups/postgres/pg-dump'
import type { PgDumpServer } from '#backups/postgres/pg-dump-socket'
import { loadExtensions } from '#backups/proof/pglite-extensions'
import { provideTemplate, type TemplatePlaces } from '#backups/proof/pglite-template'
import type { ScratchTarget, RestoreTarget } from '#backups/restore/target'
import { fitRows } from '#backups/dump/rows-encoding'
import { SESSION_SQL } from '#backups/postgres/session-settings'
import { copyInSql, copyOutSql } from '#backups/postgres/quote'
import { createMessageReader, encodeCString, buildMessage } from '#backups/postgres/wire-protocol'
import { openPgliteProcess, type PgliteOptions, type PgliteProcess } from '#backups/wasm/pglite-process'

/**
 * The database does not outlive the proof, so it needs no log: with `wal_level` minimal, rows that arrive in the
 * transaction that created their table skip the log, which halves time and disk.
 */
const SERVER_SETTINGS = {
  wal_level: 'minimal',
  max_wal_senders: '0',
  full_page_writes: 'off',
  synchronous_commit: 'off',
  maintenance_work_mem: '256MB', // Larger index sorts stay in memory.
}

/** PGlite supports no other encoding. */
const ENCODING = 'UTF8'

/** Locks for each of a hundred transactions; only one runs. */
const LOCKS_MIN = 1024

interface PgliteTargetOptions extends TemplatePlaces {
  /** Extensions that PGlite has. */
  extensions: string[]
  /** Number of tables to restore in one transaction. */
  tables?: number
}

/**
 * Opens Postgres compiled to WASM in a process of its own, with its files in `workDir`: the in-memory file system takes
 * ten times as long. `close` ends it in any state.
 */
export async function openPgliteTarget(options: PgliteTargetOptions): Promise<RestoreTarget> {
  const beside = async () => {
    const workDir = await mkdtemp(join(options.workDir, 'beside-'))
    const target = await openCopy({ ...options, workDir })
    const remove = () => rm(workDir, { recursive: true, force: true })
    return { ...target, close: () => closeInOrder(() => target.close(), remove) }
  }
  return { ...(await openCopy(options)), openScratch: beside }
}

async function openCopy(options: PgliteTargetOptions): Promise<ScratchTarget> {
  const template = await provideTemplate(options)
  return openCluster(options, { dataDir: join(options.workDir, 'data'), template })
}

/** Opens one with its files in memory, for definitions alone. @param extensions extensions that PGlite has */
export function openMemoryTarget(extensions: string[]): Promise<ScratchTarget> {
  return openCluster({ extensions }, { dataDir: 'memory://' })
}

type ClusterOptions = Pick<PgliteTargetOptions, 'extensions' | 'tables' | 'signal'>

async function openCluster(
  { extensions, tables = 0, signal }: ClusterOptions,
  folders: Pick<PgliteOptions, 'dataDir' | 'template'>,
): Promise<ScratchTarget> {
  const { archives, serverArgs } = loadExtensions(extensions)
  const locks = String(Math.max(LOCKS_MIN, Math.ceil(tables / 10))) // Ten locks for each table and its dependents.
  const settings = Object.entries({ ...SERVER_SETTINGS, max_locks_per_transaction: locks })
  const args = settings.flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const db = await openPgliteProcess({ ...folders, archives, serverArgs: [...args, ...serverArgs], signal })
  const execute = (sql: string) => executeIn(db, sql)
  await execute(SESSION_SQL)
  const [found] = await db.query<{ version: string }>(`SELECT current_setting('server_version') AS version`)
  const version = found?.version ?? ''
  return {
    name: `PGlite, Postgres ${version}`,
    serverMajor: Number.parseInt(version, 10),
    isEmbedded: true,
    copiesMax: 1,
    execute: (sql) => execute(comingBack(sql)),
    query: (sql) => db.query(sql),
    copyIn: (table, lines) => copyIn(db, copyInSql(fitRows(table, ENCODING)), lines),
    copyOut: (table, onChunk) => copyOut(db, copyOutSql(fitRows(table, ENCODING)), onChunk),
    ddl: async () => ({ preData: await ddl(db, 'pre-data'), postData: await ddl(db, 'post-data') }),
    close: () => db.end(),
  }
}

function executeIn(db: PgliteProcess, sql: string): Promise<void> {
  return orError(db.ask(query(sql), () => undefined))
}

async function orError(asked: Promise<Error | undefined>): Promise<void> {
  const error = await asked
  if (error) throw error
}

function query(sql: string): Buffer {
  return buildMessage('Q', encodeCString(sql))
}

/**
 * Replaces RESET SESSION AUTHORIZATION. PGlite's session was never authenticated, so that a reset has no user to return
 * to and keeps the grantor's role.
 */
function comingBack(sql: string): string {
  return sql.replaceAll(GRANTED_BY, `$1SET SESSION AUTHORIZATION ${USER};`)
}

const USER = 'postgres'
/** Form of a grant by a role other than the owner, as pg_dump and we write it. */
const GRANTED_BY = /^(SET SESSION AUTHORIZATION .*;\n(?:GRANT|REVOKE) .*;\n)RESET SESSION AUTHORIZATION;$/gm

async function copyIn(db: PgliteProcess, sql: string, lines: AsyncIterable<Buffer>): Promise<void> {
  const longest = { bytes: 0 }
  const error = await db.ask(query(sql), () => undefined, copyMessages(measured(lines, longest)))
  if (error) throw isOutOfMemory(error) ? shortOfMemory(error, longest.bytes) : error
}

/** Measures the longest row that spans chunks; shorter rows need no extra memory. */
async function* measured(lines: AsyncIterable<Buffer>, longest: { bytes: number }): AsyncGenerator<Buffer> {
  let open = 0
  for await (const chunk of lines) {
    const end = chunk.indexOf(NEWLINE)
    longest.bytes = Math.max(longest.bytes, open + (end === -1 ? chunk.length : end))
    open = end === -1 ? open + chunk.length : chunk.length - chunk.lastIndexOf(NEWLINE) - 1
    yield chunk
  }
}

const NEWLINE = 0x0a
/** WebAssembly addresses 4 GB; PGlite is compiled to use half of it. */
const MEMORY_MB = 2048
/** Measured memory of a row while it is read, parsed and stored, per byte of its length. */
const MEMORY_PER_ROW_BYTE = 5

function isOutOfMemory(error: Error): boolean {
  return 'code' in error && error.code === '53200'
}

function shortOfMemory(error: Error, rowBytes: number): Error {
  const row = Math.ceil(rowBytes / 1_000_000)
  const needed = `a row of ${row} MB or more takes about ${row * MEMORY_PER_ROW_BYTE} MB of memory`
  return Object.assign(error, { message: `${error.message}: ${needed}, but the embedded Postgres has ${MEMORY_MB} MB` })
}

/** Yields the messages of a COPY: its lines, then its end. */
async function* copyMessages(lines: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of lines) yield buildMessage('d', chunk)
  } catch (error) {
    yield buildMessage('f', encodeCString('its lines cannot be read'))
    throw error
  }
  yield buildMessage('c')
}

async function copyOut(db: PgliteProcess, sql: string, onChunk: (chunk: Buffer) => void): Promise<void> {
  const read = createMessageReader({
    onBody: (type, piece) => {
      if (type === 'd') onChunk(piece)
    },
  })
  await orError(db.ask(query(sql), read))
}

/** Parameters that libpq expects from a server when it connects. */
const REPORTED = ['server_version', 'server_encoding', 'client_encoding', 'standard_conforming_strings', 'TimeZone']

/** pg_dump shares our only session, and leaves a transaction open and settings changed. */
async function ddl(db: PgliteProcess, section: DdlSection): Promise<string> {
  const values = REPORTED.map((name) => `current_setting('${name}') AS "${name}"`)
  const [reported = {}] = await db.query<Record<string, string>>(`SELECT ${values.join(', ')}`)
  const server: PgDumpServer = {
    parameters: new Map(Object.entries(reported)),
    ask: async (request) => {
      const pieces: Buffer[] = []
      await db.ask(request, (piece) => pieces.push(piece)) // Errors in the answer are for pg_dump.
      return Buffer.concat(pieces)
    },
    broken: new Promise(() => undefined),
    close: () => undefined,
  }
  const { sql } = await runPgDumpOn(server, buildPgDumpArgs({ section }))
  for (const each of ['ROLLBACK', 'DISCARD ALL', SESSION_SQL]) await executeIn(db, each)
  return sql
}
