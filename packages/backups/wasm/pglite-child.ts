/**
 * Runs Postgres, compiled to WASM, in a process of its own. It works synchronously, so only another process can end it
 * while it works, and its memory ends with it.
 *
 * It is loaded by file name, also by a bundled function: copy this file and `child-pipe.ts` beside the bundle and
 * install @electric-sql/pglite (it finds its .wasm beside itself).
 */
import { cpSync } from 'node:fs'
import { flushCompileCache } from 'node:module'
import { setImmediate } from 'node:timers/promises'
import { deserialize, serialize } from 'node:v8'
import { Worker } from 'node:worker_threads'
import { type Frame, readFrame, writeFrame } from './child-pipe.ts'

export interface PgliteSetup {
  /** URL of @electric-sql/pglite. */
  pgliteUrl: string
  dataDir: string
  /** Folder of a cluster that is copied to `dataDir` first. */
  template?: string | undefined
  /** URLs of their archives, by name. */
  extensions: Record<string, string>
  /** Server arguments in addition to PGlite's own. */
  serverArgs: string[]
}

/**
 * Types of incoming frames. Each one except M gets an answer: D, which may hold rows, or F, a failure.
 * - I: the setup, always first.
 * - Q: SQL, for its rows.
 * - P: protocol messages; the server's answer goes out in pieces of type P.
 * - S: the same, continued in frames of type M, each with whole messages; an empty M is the end.
 * - X: shuts down in order, so that its folder can be opened again.
 */
export type PgliteRequest = 'I' | 'Q' | 'P' | 'S' | 'M' | 'X'

export interface PgliteFailure {
  message: string
  name: string
  code?: string | undefined
}

/** The members of PGlite that this file uses. */
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

/** Returns the next piece of the request; undefined at its end. */
function pull(): Uint8Array | undefined {
  flush() // The server may have answered already that it wants no more.
  const { body } = readFrame()
  return body.length === 0 ? undefined : body
}

/**
 * A request that arrives while it is read. PGlite reads a request as an array, in order: it compares the length with
 * what it has read, then takes what there is. So a piece is fetched when the one before it is used up.
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

async function open({ pgliteUrl, dataDir, template, extensions, serverArgs }: PgliteSetup): Promise<Database> {
  const { PGlite } = (await import(pgliteUrl)) as PgliteModule
  flushCompileCache() // The parent kills this process, which then writes nothing.
  if (template !== undefined) cpSync(template, dataDir, { recursive: true })
  return PGlite.create({
    dataDir,
    extensions: Object.fromEntries(Object.entries(extensions).map(([name, url]) => [name, new URL(url)])),
    relaxedDurability: true,
    startParams: [...PGlite.defaultStartParams, ...serverArgs],
  })
}

/** This thread may work without an end and would not notice that its parent is gone. */
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
    await setImmediate() // V8 has tasks of its own.
  }
}

function succeed(rows?: object[]): void {
  writeFrame('D', rows && serialize(rows))
}

function fail(error: unknown): void {
  const { message = String(error), name = 'Error', code } = error as Partial<PgliteFailure>
  writeFrame('F', serialize({ message, name, code } satisfies PgliteFailure))
}
