/**
 * Runs in a process of its own: Postgres compiled to WASM. It works synchronously, so that only from outside can it be
 * ended while it works, and its memory goes with it.
 *
 * Loaded by its file name, also by a bundled function: copy this file and `child-pipe.ts` beside the bundle and install
 * @electric-sql/pglite (it finds its .wasm beside itself).
 */
import { setImmediate } from 'node:timers/promises'
import { deserialize, serialize } from 'node:v8'
import { Worker } from 'node:worker_threads'
import { type Frame, readFrame, writeFrame } from './child-pipe.ts'

export interface PgliteSetup {
  /** URL of @electric-sql/pglite. */
  pgliteUrl: string
  dataDir: string
  /** The URLs of their archives, by name. */
  extensions: Record<string, string>
  /** Arguments of the server beyond PGlite's own. */
  serverArgs: string[]
}

/**
 * The types of the frames that come in. Each but M is answered with D, which may hold rows, or with F, a failure.
 * - I: the setup, the first of all.
 * - Q: SQL, for its rows.
 * - P: messages of the protocol; the server's answer goes out in pieces of type P.
 * - S: the same, of which the rest comes in M, each of whole messages; an empty M is its end.
 * - X: ends in order, so that what is in its folder can be opened again.
 */
export type PgliteRequest = 'I' | 'Q' | 'P' | 'S' | 'M' | 'X'

export interface PgliteFailure {
  message: string
  name: string
  code?: string | undefined
}

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

const PIECE_BYTES = 64 * 1024
const gathered = Buffer.alloc(PIECE_BYTES)
let filled = 0

function collect(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) {
    const taken = bytes.subarray(at, at + PIECE_BYTES - filled)
    gathered.set(taken, filled)
    filled += taken.length
    at += taken.length
    if (filled === PIECE_BYTES) flush()
  }
}

function flush(): void {
  if (filled > 0) writeFrame('P', gathered.subarray(0, filled))
  filled = 0
}

/** The next piece of the request; undefined at its end. */
function pull(): Uint8Array | undefined {
  flush() // what was answered so far may be that nothing more is wanted
  const { body } = readFrame()
  return body.length === 0 ? undefined : body
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

async function perform(db: Database, { type, body }: Frame): Promise<object[] | undefined> {
  if (type === 'Q') return (await db.query(body.toString())).rows
  if (type === 'X') await db.close()
  else await db.execProtocolRawStream(type === 'S' ? pulledArray(body) : body, { onRawData: collect }).finally(flush)
  return undefined
}

async function open({ pgliteUrl, dataDir, extensions, serverArgs }: PgliteSetup): Promise<Database> {
  const { PGlite } = (await import(pgliteUrl)) as PgliteModule
  return PGlite.create({
    dataDir,
    extensions: Object.fromEntries(Object.entries(extensions).map(([name, url]) => [name, new URL(url)])),
    relaxedDurability: true,
    startParams: [...PGlite.defaultStartParams, ...serverArgs],
  })
}

/** Our own thread may work without an end, and would not see that nobody waits for it any more. */
const WATCH_PARENT = `
  const { Socket } = require('node:net')
  new Socket({ fd: 4 }).resume().on('close', () => process.kill(process.pid, 'SIGKILL'))`

new Worker(WATCH_PARENT, { eval: true }).unref()
try {
  const db = await open(deserialize(readFrame().body) as PgliteSetup)
  succeed()
  await serve(db)
} catch (error) {
  fail(error)
}

async function serve(db: Database): Promise<never> {
  for (;;) {
    const request = readFrame()
    if (request.type !== 'M') await perform(db, request).then(succeed).catch(fail) // else the rest of one that failed
    await setImmediate() // V8 has tasks of its own
  }
}

function succeed(rows?: object[]): void {
  writeFrame('D', rows && serialize(rows))
}

function fail(error: unknown): void {
  const { message = String(error), name = 'Error', code } = error as Partial<PgliteFailure>
  writeFrame('F', serialize({ message, name, code } satisfies PgliteFailure))
}
