import { PGlite } from '@electric-sql/pglite'
import { pgDump } from '@electric-sql/pglite-tools/pg_dump'
import { type DdlSection, pgDumpArgs } from '#backups/ddl'
import { loadExtensions } from '#backups/pglite-extensions'
import { newCluster, type TemplatePlaces } from '#backups/pglite-template'
import { hideRestrict, revealRestrict, revealRestrictIn } from '#backups/restrict-lines'
import type { RestoreTarget } from '#backups/restore-target'
import { SESSION_SQL } from '#backups/session'
import { copyInSql, copyOutSql } from '#backups/sql-names'
import { createMessageReader, cString, message } from '#backups/wire'

const BATCH_BYTES = 4 * 1024 * 1024
const NEWLINE = 0x0a
const COPY_DONE = message('c')

/**
 * Nothing here outlives the proof, so nothing is logged: with `wal_level` minimal, rows that come in the transaction
 * that made their table skip the log, which halves the time and the disk.
 */
const SERVER_SETTINGS = {
  wal_level: 'minimal',
  max_wal_senders: '0',
  full_page_writes: 'off',
  synchronous_commit: 'off',
  maintenance_work_mem: '256MB', // indexes are sorted in memory for longer
  max_locks_per_transaction: '1024', // a whole dump in one transaction
}

export interface PgliteOptions extends TemplatePlaces {
  extensions: string[]
}

/**
 * Postgres compiled to WASM, in this process, with its files in `workDir`: its in-memory file system takes ten times as
 * long.
 * @throws AppError BACKUP_UNSUPPORTED when it lacks an extension
 */
export async function openPgliteTarget({ extensions, ...places }: PgliteOptions): Promise<RestoreTarget> {
  const loaded = await loadExtensions(extensions)
  const settings = Object.entries(SERVER_SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const db = await PGlite.create({
    dataDir: await newCluster(places),
    extensions: loaded,
    relaxedDurability: true,
    startParams: [...PGlite.defaultStartParams, ...settings],
  })
  await db.exec(SESSION_SQL)
  const { rows } = await db.query<{ version: string }>(`SELECT current_setting('server_version') AS version`)
  const version = rows[0]?.version ?? ''
  return {
    name: `PGlite, Postgres ${version}`,
    serverMajor: Number.parseInt(version, 10),
    isEmbedded: true,
    copiesMax: 1,
    execute: async (sql) => void (await db.exec(comingBack(sql))),
    query: async <Row extends object>(sql: string) => (await db.query<Row>(sql)).rows,
    copyIn: async (table, lines) => {
      for await (const batch of wholeLines(lines)) {
        const query = message('Q', cString(copyInSql(table)))
        await db.execProtocol(Buffer.concat([query, message('d', batch), COPY_DONE]))
      }
    },
    copyOut: (table, onChunk) => copyOut(db, copyOutSql(table), onChunk),
    ddl: async () => ({ preData: await ddl(db, 'pre-data'), postData: await ddl(db, 'post-data') }),
    close: () => db.close(),
  }
}

/**
 * A session of this one was never authenticated, so that RESET SESSION AUTHORIZATION goes back to nobody and leaves it to
 * the role that granted something.
 */
function comingBack(sql: string): string {
  return sql.replaceAll(GRANTED_BY, `$1SET SESSION AUTHORIZATION ${USER};`)
}

const USER = 'postgres'
/** As pg_dump writes a right that another than the owner gave, and as we do. */
const GRANTED_BY = /^(SET SESSION AUTHORIZATION .*;\n(?:GRANT|REVOKE) .*;\n)RESET SESSION AUTHORIZATION;$/gm

/** Its COPY takes all its input in one call, so a table arrives as several COPYs of some megabytes. */
async function* wholeLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let held: Buffer[] = []
  let heldBytes = 0
  for await (const chunk of chunks) {
    held.push(chunk)
    heldBytes += chunk.length
    const lastEnd = heldBytes >= BATCH_BYTES ? chunk.lastIndexOf(NEWLINE) + 1 : 0
    if (lastEnd === 0) continue
    const rest = chunk.subarray(lastEnd)
    yield Buffer.concat(held, heldBytes - rest.length)
    held = [rest]
    heldBytes = rest.length
  }
  if (heldBytes > 0) yield Buffer.concat(held)
}

async function copyOut(db: PGlite, sql: string, onChunk: (chunk: Buffer) => void): Promise<void> {
  const problems: Buffer[] = []
  const read = createMessageReader({
    onBody: (type, piece) => {
      if (type === 'd') onChunk(piece)
      if (type === 'E') problems.push(Buffer.from(piece))
    },
  })
  await db.execProtocolRawStream(message('Q', cString(sql)), {
    onRawData: (bytes) => read(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)),
  })
  await settle(db)
  if (problems.length > 0) throw new Error(Buffer.concat(problems).toString('utf8').replaceAll('\0', ' '))
}

/**
 * pg_dump shares our only session: it leaves a transaction open and settings changed. Its wrapper writes the search
 * path back without quotes, so an empty one would be a syntax error.
 */
async function ddl(db: PGlite, section: DdlSection): Promise<string> {
  await db.exec('SET search_path = public')
  const file = await pgDump({ pg: hidingRestrict(db), args: pgDumpArgs({ section }) })
  await settle(db)
  await db.exec('ROLLBACK')
  await db.exec(SESSION_SQL)
  return revealRestrictIn(await file.text())
}

/** What pg_dump asks of a database, without the words that its wrapper takes out. */
function hidingRestrict(db: PGlite): PGlite {
  const asked: Pick<PGlite, 'query' | 'exec' | 'execProtocolRawStream'> = {
    query: db.query.bind(db),
    exec: db.exec.bind(db),
    execProtocolRawStream: (message, { onRawData, ...options }) =>
      db.execProtocolRawStream(revealRestrict(Buffer.from(message)), {
        ...options,
        onRawData: (bytes) => onRawData(hideRestrict(Buffer.from(bytes))),
      }),
  }
  return asked as PGlite
}

/** After a raw stream, the next answer still goes to its listener: let it be one that nobody needs. */
async function settle(db: PGlite): Promise<void> {
  await db.exec('SELECT 1')
}
