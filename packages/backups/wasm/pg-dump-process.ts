import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { deserialize, serialize } from 'node:v8'
import type { PgDumpResult, PgDumpSetup } from '#backups/wasm/pg-dump-child'
import { startChild } from '#backups/wasm/start-child'

interface PgDumpProcess {
  /** Rejects without a result: the server did not answer, or the process ended. */
  result: Promise<PgDumpResult>
  /** Ends it in any state. */
  end(): Promise<void>
}

/** Starts pg_dump. @param answer returns the server's answer to a piece that pg_dump writes into its socket */
export function startPgDump(args: string[], answer: (piece: Buffer) => Promise<Buffer>): PgDumpProcess {
  const done = Promise.withResolvers<PgDumpResult>()
  const child = startChild(new URL('./pg-dump-child.ts', import.meta.url), {
    name: 'pg_dump',
    onFrame: (type, body) => {
      if (type === 'D') done.resolve(deserialize(body) as PgDumpResult)
      else void answer(body).then((answered) => child.send('A', answered), done.reject)
    },
    onEnd: done.reject,
  })
  void child.send('I', serialize({ args, pgDumpUrl: pgDumpUrl() } satisfies PgDumpSetup))
  return { result: done.promise, end: () => child.end() }
}

/** The parent resolves it, since the child's file may lie beside a bundle. */
function pgDumpUrl(): string {
  return pathToFileURL(createRequire(import.meta.url).resolve('@electric-sql/pglite-tools/pg_dump')).href
}
