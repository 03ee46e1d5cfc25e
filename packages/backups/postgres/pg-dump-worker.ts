/**
 * Runs in a worker thread: the real pg_dump, compiled to WASM. It reads and writes its socket synchronously, so each
 * write is posted to the main thread, which owns the connection, and this thread sleeps until the answer is there.
 *
 * Loaded by its file name, also by a bundled function: copy this file beside the bundle and install
 * @electric-sql/pglite-tools (it finds its .wasm beside itself).
 */
import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'

export interface DdlWorkerData {
  args: string[]
  /** URL of @electric-sql/pglite-tools/pg_dump. */
  pgDumpUrl: string
  socket: MessagePort
  /** An Int32 that is incremented after each answer. */
  answered: SharedArrayBuffer
}

/** `said`: the lines that pg_dump wrote to stderr. */
export type DdlWorkerResult = { sql: string; said: string[] } | { failure: string }

/** The three methods of a PGlite that pgDump calls. */
interface DumpedDatabase {
  query(): { rows: { search_path: string }[] }
  exec(): unknown[]
  execProtocolRawStream(bytes: Uint8Array, options: { onRawData: (bytes: Uint8Array) => void }): void
}

interface PgDumpModule {
  pgDump: (options: { pg: DumpedDatabase; args: string[] }) => Promise<File>
}

const { args, pgDumpUrl, socket, answered } = workerData as DdlWorkerData
const answers = new Int32Array(answered)
process.argv[1] = 'pg_dump' // its name in its messages, which `pgDumpWords` looks for

const database: DumpedDatabase = {
  query: () => ({ rows: [{ search_path: '' }] }),
  exec: () => [],
  execProtocolRawStream: (bytes, { onRawData }) => {
    const before = Atomics.load(answers, 0)
    socket.postMessage(bytes.slice())
    Atomics.wait(answers, 0, before)
    const answer = receiveMessageOnPort(socket)
    if (answer && answer.message.length > 0) onRawData(answer.message)
  },
}

const said: string[] = []
/** Where the wrapper takes in what goes to stderr, which it shows when pg_dump fails and drops when it does not. */
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

parentPort?.postMessage(await run())
socket.close()

async function run(): Promise<DdlWorkerResult> {
  try {
    const { pgDump } = (await import(pgDumpUrl)) as PgDumpModule
    if (!isHeard) return { failure: 'this version of the wrapper does not let its stderr be read' }
    const file = await pgDump({ pg: database, args })
    return { sql: await file.text(), said }
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) }
  }
}
