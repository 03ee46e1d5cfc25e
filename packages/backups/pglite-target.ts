import { PGlite } from '@electric-sql/pglite'
import { pgDump } from '@electric-sql/pglite-tools/pg_dump'
import { type DdlSection, pgDumpArgs } from '#backups/ddl'
import { loadExtensions } from '#backups/pglite-extensions'
import type { RestoreTarget } from '#backups/restore-target'
import { SESSION_SQL } from '#backups/session'
import { copyInSql, copyOutSql } from '#backups/sql-names'
import { createMessageReader, cString, message } from '#backups/wire'

const BATCH_BYTES = 4 * 1024 * 1024
const NEWLINE = 0x0a
const COPY_DONE = message('c')

/**
 * Postgres compiled to WASM, in this process. `dir` is where it keeps its files: its in-memory file system takes ten
 * times as long.
 * @throws AppError BACKUP_UNSUPPORTED when it lacks an extension
 */
export async function openPgliteTarget(options: { dir: string; extensions: string[] }): Promise<RestoreTarget> {
  const extensions = await loadExtensions(options.extensions)
  const db = await PGlite.create({ dataDir: options.dir, extensions, relaxedDurability: true })
  await db.exec(SESSION_SQL)
  const { rows } = await db.query<{ version: string }>(`SELECT current_setting('server_version') AS version`)
  const version = rows[0]?.version ?? ''
  return {
    name: `PGlite, Postgres ${version}`,
    serverMajor: Number.parseInt(version, 10),
    execute: async (sql) => void (await db.exec(sql)),
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
  const file = await pgDump({ pg: db, args: pgDumpArgs({ section }) })
  await settle(db)
  await db.exec('ROLLBACK')
  await db.exec(SESSION_SQL)
  return file.text()
}

/** After a raw stream, the next answer still goes to its listener: let it be one that nobody needs. */
async function settle(db: PGlite): Promise<void> {
  await db.exec('SELECT 1')
}
