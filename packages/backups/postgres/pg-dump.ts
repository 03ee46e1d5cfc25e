import type { Client } from 'pg'
import { collectParameters, createSocketServer, lendClient, type PgDumpServer } from '#backups/postgres/pg-dump-socket'
import { toPortableSql } from '#backups/postgres/portable'
import { readWarnings } from '#backups/postgres/pg-dump-warnings'
import { extractPgDumpMessages } from '#backups/postgres/pg-dump-words'
import { revealRestrictIn } from '#backups/postgres/restrict-lines'
import { openSession, SHARED_LOCK_TIMEOUT_MS } from '#backups/postgres/session'
import { encodeCString, buildMessage } from '#backups/postgres/wire-protocol'
import { startPgDump } from '#backups/wasm/pg-dump-process'

export type DdlSection = 'pre-data' | 'post-data'

interface SectionRequest {
  section: DdlSection
  snapshot?: string | undefined
  part?: string[] | undefined
}

interface DdlOptions {
  /** The result of `pg_export_snapshot()`; without it, pg_dump reads what is committed now. */
  snapshot?: string | undefined
  /** Sessions that already see the snapshot and hold the locks that pg_dump needs: two, or one for both sections. */
  servers?: PgDumpServer[] | undefined
  /** Aborts the work, even while the server makes it wait. */
  signal?: AbortSignal | undefined
  /** pg_dump's arguments that select the part; absent: everything. */
  part?: string[] | undefined
}

export interface Ddl {
  preData: string
  postData: string
}

interface PgDumpOutput {
  sql: string
  /** pg_dump's warnings about what it could not write. */
  warnings: string[]
}

/** Dumps a database's definitions with the real pg_dump, as plain SQL that any loader takes. */
export async function dumpDdl(
  databaseUrl: string,
  { snapshot, servers, signal, part }: DdlOptions = {},
): Promise<Ddl & Pick<PgDumpOutput, 'warnings'>> {
  const sections = ['pre-data', 'post-data'] as const
  const [only, other] = servers ?? []
  const dumps =
    only && !other
      ? dumpInTurn(only, sections, part, signal)
      : Promise.all(
          sections.map(async (section, at) =>
            dumpSection(
              servers?.[at] ?? (await openForPgDump(databaseUrl)).lend(),
              { section, snapshot, part },
              signal,
            ),
          ),
        )
  const [pre, post] = (await dumps) as [PgDumpOutput, PgDumpOutput]
  return { preData: pre.sql, postData: post.sql, warnings: [...new Set([...pre.warnings, ...post.warnings])] }
}

/** Uses one session, which takes each table's lock once. */
async function dumpInTurn(
  server: PgDumpServer,
  sections: readonly DdlSection[],
  part?: string[],
  signal?: AbortSignal,
): Promise<PgDumpOutput[]> {
  const outputs: PgDumpOutput[] = []
  try {
    for (const section of sections) {
      outputs.push(await dumpSection({ ...server, close: () => undefined }, { section, part }, signal))
      await server.ask(buildMessage('Q', encodeCString('DEALLOCATE ALL'))) // The next run prepares the same names.
    }
    return outputs
  } finally {
    server.close()
  }
}

async function dumpSection(server: PgDumpServer, request: SectionRequest, signal?: AbortSignal): Promise<PgDumpOutput> {
  const { sql, warnings, serverMajor } = await runIn(server, buildPgDumpArgs(request), signal)
  return { sql: toPortableSql(sql, serverMajor), warnings }
}

/** Runs the real pg_dump with `args`. Returns plain SQL, all of it in memory, without psql's commands. */
export async function runPgDump(databaseUrl: string, args: string[]): Promise<PgDumpOutput & { serverMajor: number }> {
  return runIn((await openForPgDump(databaseUrl)).lend(), args)
}

async function runIn(
  server: PgDumpServer,
  args: string[],
  signal?: AbortSignal,
): Promise<PgDumpOutput & { serverMajor: number }> {
  const stop = () => server.close()
  signal?.addEventListener('abort', stop)
  try {
    signal?.throwIfAborted()
    const serverMajor = Number.parseInt(server.parameters.get('server_version') ?? '', 10)
    return { ...(await runPgDumpOn(server, args)), serverMajor }
  } finally {
    signal?.removeEventListener('abort', stop)
    server.close()
  }
}

/** Does the same as `runPgDump` in an open session. */
export async function runPgDumpOn(server: PgDumpServer, args: string[]): Promise<PgDumpOutput> {
  const pgDump = startPgDump(args, createSocketServer(server))
  try {
    const result = await Promise.race([pgDump.result, server.broken])
    if ('failure' in result) throw new Error(extractPgDumpMessages(result.failure))
    return { sql: revealRestrictIn(result.sql), warnings: readWarnings(result.said) }
  } finally {
    await pgDump.end()
  }
}

export function buildPgDumpArgs({ section, snapshot, part = [] }: SectionRequest): string[] {
  const args = [`--section=${section}`, `--lock-wait-timeout=${SHARED_LOCK_TIMEOUT_MS}`, '--encoding=UTF8', ...part] // as the rows are
  return snapshot === undefined ? args : [...args, `--snapshot=${snapshot}`]
}

/** A prepared session for pg_dump. */
export interface PgDumpSession {
  client: Client
  lend: () => PgDumpServer
}

/** @throws AppError DATABASE_UNAVAILABLE */
export async function openForPgDump(databaseUrl: string): Promise<PgDumpSession> {
  let parameters = new Map<string, string>()
  const client = await openSession(databaseUrl, (unconnected) => (parameters = collectParameters(unconnected)))
  return { client, lend: () => lendClient(client, parameters) }
}
