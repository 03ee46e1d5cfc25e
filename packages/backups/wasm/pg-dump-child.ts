/**
 * Runs the real pg_dump, compiled to WASM, in a process of its own. It reads and writes its socket synchronously, so
 * each write goes to the parent, which owns the connection, and this process sleeps until the answer arrives.
 *
 * It is loaded by file name, also by a bundled function: copy this file and `child-pipe.ts` beside the bundle and
 * install @electric-sql/pglite-tools (it finds its .wasm beside itself).
 */
import { readFileSync } from 'node:fs'
import { flushCompileCache, registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'
import { deserialize, serialize } from 'node:v8'
import { readFrame, writeFrame } from './child-pipe.ts'

/** The first incoming frame; every other one answers a W. */
export interface PgDumpSetup {
  args: string[]
  /** URL of @electric-sql/pglite-tools/pg_dump. */
  pgDumpUrl: string
}

/**
 * Body of the last outgoing frame, of type D; each frame before it is a W, with what pg_dump writes into its socket.
 * `said`: the lines that pg_dump wrote to stderr.
 */
export type PgDumpResult = { sql: string; said: string[] } | { failure: string }

/** The three methods of PGlite that pgDump calls. */
interface DumpedDatabase {
  query(): { rows: { search_path: string }[] }
  exec(): unknown[]
  execProtocolRawStream(bytes: Uint8Array, options: { onRawData: (bytes: Uint8Array) => void }): void
}

interface PgDumpModule {
  pgDump: (options: { pg: DumpedDatabase; args: string[] }) => Promise<File>
}

const { args, pgDumpUrl } = deserialize(readFrame().body) as PgDumpSetup
process.argv[1] = 'pg_dump' // its name in its messages, which `extractPgDumpMessages` looks for

const database: DumpedDatabase = {
  query: () => ({ rows: [{ search_path: '' }] }),
  exec: () => [],
  execProtocolRawStream: (bytes, { onRawData }) => {
    writeFrame('W', bytes)
    const { body } = readFrame()
    if (body.length > 0) onRawData(body)
  },
}

const said: string[] = []
/** The wrapper's function for stderr, which it shows when pg_dump fails and drops otherwise. */
const PRINT_ERR = /printErr:([\w$]+)=>\{/
let isHeard = false

Object.assign(globalThis, { pgDumpSaid: (line: string) => said.push(line) })
registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context)
    if (!url.startsWith(new URL('.', pgDumpUrl).href)) return loaded
    const source = readFileSync(fileURLToPath(url), 'utf8') // a CommonJS module comes without its own
    isHeard ||= PRINT_ERR.test(source)
    return { ...loaded, source: source.replace(PRINT_ERR, 'printErr:$1=>{pgDumpSaid($1);') }
  },
})

writeFrame('D', serialize(await run()))

async function run(): Promise<PgDumpResult> {
  try {
    const { pgDump } = (await import(pgDumpUrl)) as PgDumpModule
    flushCompileCache() // The parent kills this process, which then writes nothing.
    if (!isHeard) return { failure: 'this version of the wrapper does not let its stderr be read' }
    const file = await pgDump({ pg: database, args })
    return { sql: await file.text(), said }
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) }
  }
}
