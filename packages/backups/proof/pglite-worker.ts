/**
 * Runs in a worker thread: Postgres compiled to WASM. It works synchronously, so that only from outside its thread can
 * it be ended while it works, and its memory goes with it.
 *
 * Loaded by its file name, also by a bundled function: copy this file beside the bundle and install
 * @electric-sql/pglite (it finds its .wasm beside itself).
 */
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'

export interface PgliteWorkerData {
  /** URL of @electric-sql/pglite. */
  pgliteUrl: string
  dataDir: string
  /** The URLs of their archives, by name. */
  extensions: Record<string, string>
  /** Arguments of the server beyond PGlite's own. */
  serverArgs: string[]
  /** Pieces of a request, each of whole messages; an empty one is its end. */
  input: MessagePort
  /** Two Int32s: the pieces that were put into `input`, and the pieces of answers that were worked through. */
  counts: SharedArrayBuffer
}

export type PgliteRequest =
  /** Answers with rows. */
  | { kind: 'query'; sql: string }
  /** Messages of the protocol, answered with pieces of the server's; `streamed`: more of them come by `input`. */
  | { kind: 'protocol'; bytes: Uint8Array; streamed: boolean }
  /** Ends in order: what is in its folder can be opened again. */
  | { kind: 'close' }

export type PgliteAnswer =
  | { kind: 'taken' }
  | { kind: 'piece'; piece: Uint8Array }
  | { kind: 'done'; rows?: object[] }
  | { kind: 'failure'; failure: { message: string; name: string; code?: string | undefined } }

/** The parts of a PGlite that are used here. */
interface Database {
  query(sql: string): Promise<{ rows: object[] }>
  execProtocolRawStream(bytes: Uint8Array, options: { onRawData: (bytes: Uint8Array) => void }): Promise<void>
  close(): Promise<void>
}

interface PgliteModule {
  PGlite: {
    create(options: object): Promise<Database>
    defaultStartParams: string[]
  }
}

const PIECE_BYTES = 256 * 1024
/** Of answers that nobody has worked through yet. */
const PIECES_MAX = 16
/** Places in `counts`. */
const PUT = 0
const WORKED = 1

const { pgliteUrl, dataDir, extensions, serverArgs, input, counts } = workerData as PgliteWorkerData
const counters = new Int32Array(counts)
let posted = 0
let filling = new Uint8Array(PIECE_BYTES)
let filled = 0

function answer(message: PgliteAnswer, transfer: ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transfer)
}

function collect(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) {
    const taken = bytes.subarray(at, at + PIECE_BYTES - filled)
    filling.set(taken, filled)
    filled += taken.length
    at += taken.length
    if (filled === PIECE_BYTES) flush()
  }
}

/** Waits while the main thread is far behind, or its memory would fill. */
function flush(): void {
  if (filled === 0) return
  for (let worked = Atomics.load(counters, WORKED); posted - worked >= PIECES_MAX;) {
    Atomics.wait(counters, WORKED, worked)
    worked = Atomics.load(counters, WORKED)
  }
  const piece = filling.subarray(0, filled)
  answer({ kind: 'piece', piece }, [filling.buffer])
  posted += 1
  filling = new Uint8Array(PIECE_BYTES)
  filled = 0
}

/** The next piece of the request; undefined at its end. */
function pull(): Uint8Array | undefined {
  flush() // what was answered so far may be that nothing more is wanted
  for (;;) {
    const put = Atomics.load(counters, PUT)
    const received = receiveMessageOnPort(input)
    if (!received) Atomics.wait(counters, PUT, put)
    else if (received.message.length === 0) return undefined
    else {
      answer({ kind: 'taken' })
      return received.message
    }
  }
}

/**
 * A request that is not there yet. PGlite reads one as an array, in order: it compares its length with what it has read,
 * then takes as much as there is. So a piece is fetched when the one before it is used up.
 */
function pulledArray(first: Uint8Array): Uint8Array {
  let piece = first
  let pieceAt = 0
  let isEnded = false
  const array = {
    0: first[0],
    get length(): number {
      for (let read = lastRead; !isEnded && read === pieceAt + piece.length;) {
        pieceAt = read
        const next = pull()
        if (next) piece = next
        else {
          piece = new Uint8Array(0)
          isEnded = true
        }
      }
      return pieceAt + piece.length
    },
    subarray(from: number, to: number): Uint8Array {
      lastRead = to
      return piece.subarray(from - pieceAt, to - pieceAt)
    },
  }
  let lastRead = 0
  return array as unknown as Uint8Array
}

async function perform(db: Database, request: PgliteRequest): Promise<PgliteAnswer> {
  if (request.kind === 'query') return { kind: 'done', rows: (await db.query(request.sql)).rows }
  if (request.kind === 'close') await db.close()
  else {
    const bytes = request.streamed ? pulledArray(request.bytes) : request.bytes
    await db.execProtocolRawStream(bytes, { onRawData: collect })
    flush()
  }
  return { kind: 'done' }
}

function failureOf(error: unknown): PgliteAnswer {
  const { message = String(error), name = 'Error', code } = error as { message?: string; name?: string; code?: string }
  return { kind: 'failure', failure: { message, name, code } }
}

async function open(): Promise<Database> {
  const { PGlite } = (await import(pgliteUrl)) as PgliteModule
  return PGlite.create({
    dataDir,
    extensions: Object.fromEntries(Object.entries(extensions).map(([name, url]) => [name, new URL(url)])),
    relaxedDurability: true,
    startParams: [...PGlite.defaultStartParams, ...serverArgs],
  })
}

try {
  const db = await open()
  parentPort?.on('message', (request: PgliteRequest) => void perform(db, request).catch(failureOf).then(answer))
  answer({ kind: 'done' })
} catch (error) {
  answer(failureOf(error))
}
