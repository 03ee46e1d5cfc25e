import { createTaskGroup } from '#platform/async/task-group'
import type { BackupId } from '#backups/format/backup-id'
import { findMissingObjects } from '#backups/dump/catalog-objects'
import { type Ddl, dumpDdl } from '#backups/postgres/pg-dump'
import type { PgDumpServer } from '#backups/postgres/pg-dump-socket'
import { type DdlEntry, readDdl, writeDdl } from '#backups/postgres/pg-dump-entries'
import type { DefinitionsHash } from '#backups/format/definitions-hash'
import { buildFrame } from '#backups/dump/member-frame'
import type { Appended, DumpObject } from '#backups/dump/dump-object'
import type { TablePart } from '#backups/dump/plan'
import type { DumpProgress } from '#backups/dump/progress'
import { createFingerprint } from '#backups/dump/fingerprint'
import type { LeftOut } from '#backups/dump/incomplete'
import { readLargeObjectLines } from '#backups/dump/large-objects'
import type { Member, Scope, SqlMemberKind } from '#backups/format/manifest'
import type { Source, SourceReader } from '#backups/dump/source'
import {
  buildPartArgs,
  requireSameTables,
  buildSchemasSql,
  createSequenceTest,
  removePublicSchema,
} from '#backups/dump/part-definitions'
import { buildPublicSchemaSql } from '#backups/dump/public-schema'
import { isNarrow } from '#backups/dump/scope'
import { buildRolesSql } from '#backups/dump/roles'
import { isServerError } from '#backups/postgres/server-error'
import { createRunQuery, type RunQuery, buildSequencesSql } from '#backups/dump/sequences'
import type { SourceTable } from '#backups/dump/tables'
import { quoteQualifiedName } from '#backups/postgres/quote'

interface Writing {
  id: BackupId
  databaseUrl: string
  source: Source
  readers: SourceReader[]
  /** Sessions that see the source's snapshot. */
  pgDumps: PgDumpServer[]
  object: DumpObject
  progress: DumpProgress
  definitions: DefinitionsHash
  leftOut: LeftOut
  /** Absent: the whole database. */
  part?: Part | undefined
}

interface Part {
  scope: Scope
  chosen: SourceTable[]
  all: SourceTable[]
}

/** A member whose range is known once the object is finished. */
type Pending = () => Member

/**
 * Writes a dump's members in the order in which psql must read them: rows before the constraints that they must
 * satisfy. When it fails, it first waits for everything that is under way.
 */
export async function writeMembers(writing: Writing, parts: TablePart[]): Promise<Member[]> {
  const { object, source, progress } = writing
  const stopping = new AbortController()
  const failure = createTaskGroup((error) => {
    stopping.abort()
    object.fail(error)
    source.destroy()
  })
  const stopWaiting = progress.onDeadline((error) => failure.fail(error))
  const members: Pending[] = []
  try {
    await failure.settle([
      writeAll(
        writing,
        parts,
        (member) => members.push(member),
        (works) => failure.settle(works),
        stopping.signal,
      ),
    ])
    return members.map((member) => member())
  } finally {
    stopWaiting()
    await object.finish().catch(() => undefined)
  }
}

async function writeAll(
  writing: Writing,
  parts: TablePart[],
  push: (member: Pending) => void,
  settle: (works: Promise<unknown>[]) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const { databaseUrl, source, pgDumps, object, leftOut, part } = writing
  const isOfNarrow = part !== undefined && isNarrow(part.scope)
  const query = createRunQuery(source.session)
  const roles = (await buildRolesSql(source.session)) + (isOfNarrow ? '' : await buildPublicSchemaSql(source))
  const args = part && buildPartArgs(part.scope, source.database.extensions)
  const ddl = dumpDdl(databaseUrl, { servers: pgDumps, signal, part: args }).then((dumped) => {
    leftOut.add(dumped.warnings.map((warning) => `what pg_dump warned about (${warning})`))
    return isOfNarrow ? { ...dumped, preData: removePublicSchema(dumped.preData) } : dumped
  }) // Runs while the rows are read.
  const preData = writeSql(writing, 'pre-data', async () =>
    writePreData(await ddl, roles + (part ? buildSchemasSql(await ddl) : '')),
  )
  const tables: Pending[] = []
  await settle([preData, ...streams(writing, parts, tables)])
  if (part) requireSameTables(await ddl, part.chosen, part.all)
  else leftOut.add((await findMissingObjects(query, await ddl)).map((label) => `what pg_dump did not write (${label})`))
  push(await preData)
  tables.forEach(push)
  if (!isOfNarrow) for await (const member of writeLargeObjects(writing, query)) push(member)
  const sequences = part && createSequenceTest(await ddl)
  push(await writeSql(writing, 'sequences', () => buildSequencesSql(withoutLocks(query), sequences)))
  const after = readDdl((await ddl).postData)
  const postData = { ...after, entries: after.entries.filter((entry) => !isRefresh(entry) && !isEventTrigger(entry)) }
  push(await writeSql(writing, 'post-data', async () => writeDdl(postData)))
  const refreshes = after.entries.filter(isRefresh) // pg_dump lists them in the order of their dependencies.
  const refresh = { preamble: '', entries: [...refreshes, ...after.entries.filter(isEventTrigger)] }
  push(await writeSql(writing, 'refresh', async () => writeDdl(refresh)))
  await object.finish()
}

/**
 * Releases the locks of a query by rolling back to a savepoint. A transaction keeps a lock on everything that it reads,
 * and there may be thousands of sequences.
 */
function withoutLocks(query: RunQuery): RunQuery {
  return async (sql) => {
    await query('SAVEPOINT unlocked')
    const rows = await query(sql)
    await query('ROLLBACK TO SAVEPOINT unlocked')
    return rows as never[]
  }
}

/** Settings under which the rows were written; other settings would change some values and definitions. */
const VALUE_SETTINGS = [
  'SET DateStyle = ISO;',
  'SET IntervalStyle = postgres;',
  "SET lc_monetary = 'C';",
  'SET array_nulls = on;',
  'SET quote_all_identifiers = off;\n\n',
].join('\n')

function writePreData({ preData }: Ddl, roles: string): string {
  const script = readDdl(preData)
  return writeDdl({ ...script, preamble: script.preamble + VALUE_SETTINGS + roles })
}

function isRefresh(entry: DdlEntry): boolean {
  return entry.type === 'MATERIALIZED VIEW DATA'
}

/** Event triggers come last, so that the restore's own commands, including a refresh, do not fire them. */
function isEventTrigger({ type, name }: DdlEntry): boolean {
  return type === 'EVENT TRIGGER' || (/^(?:COMMENT|SECURITY LABEL)$/.test(type) && name.startsWith('EVENT TRIGGER '))
}

/** Starts one worker for each reader; a worker takes the next part when it finishes one. */
function streams(writing: Writing, parts: TablePart[], members: Pending[]): Promise<void>[] {
  let next = 0
  return writing.readers.map(async (reader) => {
    for (let index = next++; index < parts.length; index = next++) {
      members[index] = await writeTable(writing, reader, parts[index] as TablePart)
    }
  })
}

/** Runs synchronously up to its first `await`, so that members keep the order of the parts. */
async function writeTable({ id, object, progress }: Writing, reader: SourceReader, part: TablePart): Promise<Pending> {
  const { schema, table, columns, types, filter, encoding } = part.table
  const name = quoteQualifiedName(schema, table)
  const fingerprint = createFingerprint()
  const done = progress.begin(part, () => fingerprint.rows())
  async function* rows(): AsyncGenerator<Buffer> {
    try {
      for await (const chunk of reader.rowsOf(part.table, part.range)) {
        progress.check()
        fingerprint.update(chunk)
        yield chunk
      }
    } catch (error) {
      throw isServerError(error) ? new Error(`${name}: ${error.message}`, { cause: error }) : error
    }
  }
  const appended = await object.append(buildFrame(id, part.table), rows())
  done()
  const about = {
    kind: 'table',
    name,
    schema,
    table,
    columns,
    types,
    ...(filter === undefined ? {} : { filter }),
    ...(encoding === undefined ? {} : { encoding }),
  } as const
  return () => ({ ...about, ...fingerprint.result(), ...appended() })
}

async function writeSql(
  { id, object, progress, definitions }: Writing,
  kind: SqlMemberKind,
  makeSql: () => Promise<string>,
): Promise<Pending> {
  async function* body(): AsyncGenerator<Buffer> {
    const sql = await makeSql()
    definitions.update(kind, sql)
    yield Buffer.from(sql)
    progress.check()
  }
  const appended = await object.append(buildFrame(id, { kind }), body())
  return () => ({ kind, name: kind, ...appended() })
}

/** Limit on a member's statements before compression: a loader runs them as one string. */
const MEMBER_BYTES = 4 * 1024 * 1024

async function* writeLargeObjects({ id, object, progress }: Writing, query: RunQuery): AsyncGenerator<Pending> {
  const kind = 'large-objects'
  let held: Buffer[] = []
  let heldBytes = 0
  async function write(): Promise<Pending> {
    const fingerprint = createFingerprint()
    for (const chunk of held) fingerprint.update(chunk)
    const appended: Appended = await object.append(buildFrame(id, { kind }), held)
    held = []
    heldBytes = 0
    return () => ({ kind, name: 'large objects', ...fingerprint.result(), ...appended() })
  }
  for await (const line of readLargeObjectLines(query)) {
    progress.check()
    const bytes = Buffer.from(line)
    held.push(bytes)
    heldBytes += bytes.length
    if (heldBytes >= MEMBER_BYTES) yield await write()
  }
  if (heldBytes > 0) yield await write()
}
