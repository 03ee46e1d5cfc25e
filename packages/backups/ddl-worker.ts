/**
 * Runs in a worker thread: the real pg_dump, compiled to WASM. It reads and writes its socket synchronously, so each
 * write is posted to the main thread, which owns the connection, and this thread sleeps until the answer is there.
 *
 * Loaded by its file name, also by a bundled function: copy this file beside the bundle and install
 * @electric-sql/pglite-tools (it finds its .wasm beside itself).
 */
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'

export interface DdlWorkerData {
  args: string[]
  /** URL of @electric-sql/pglite-tools/pg_dump. */
  pgDumpUrl: string
  socket: MessagePort
  /** An Int32 that is incremented after each answer. */
  answered: SharedArrayBuffer
}

export type DdlWorkerResult = { sql: string } | { failure: string }

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

parentPort?.postMessage(await run())
socket.close()

async function run(): Promise<DdlWorkerResult> {
  try {
    const { pgDump } = (await import(pgDumpUrl)) as PgDumpModule
    const file = await pgDump({ pg: database, args })
    return { sql: await file.text() }
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) }
  }
}
