import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { MessageChannel, Worker } from 'node:worker_threads'
import type { PgliteAnswer, PgliteRequest, PgliteWorkerData } from '#backups/proof/pglite-worker'
import { serverError } from '#backups/postgres/server-error'
import { createMessageReader } from '#backups/postgres/wire-protocol'

export interface PgliteOptions {
  dataDir: string
  /** The names of their archives in the package of PGlite. */
  archives: string[]
  /** Arguments of the server. */
  serverArgs: string[]
  /** Ends it whatever it does, while it starts, too. */
  signal?: AbortSignal | undefined
}

/** An embedded Postgres in a thread of its own: one session, which does one thing at a time. */
export interface PgliteThread {
  query<Row extends object>(sql: string): Promise<Row[]>
  /**
   * Sends whole messages and reads the server's answer, in pieces that may end inside a message and are valid during the
   * call only. `more`: the rest of the request, in whole messages, which is read no further once the server complained.
   * @returns the server's error, if it answered with one
   */
  ask(bytes: Uint8Array, onPiece: (piece: Buffer) => void, more?: AsyncIterable<Uint8Array>): Promise<Error | undefined>
  /** Ends in order: what is in its folder can be opened again. */
  close(): Promise<void>
  /** Ends it whatever it does. */
  end(): Promise<void>
}

/** Pieces of a request that wait for the server. */
const PIECES_MAX = 8
/** Places in the counts that both threads see. */
const PUT = 0
const WORKED = 1

/** @throws the embedded server's error, if it does not start */
export async function openPgliteThread({
  dataDir,
  archives,
  serverArgs,
  signal,
}: PgliteOptions): Promise<PgliteThread> {
  if (signal?.aborted) throw new PgliteEnded()
  const { port1: input, port2 } = new MessageChannel()
  const counts = new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT)
  const counters = new Int32Array(counts)
  const extensions = Object.fromEntries(archives.map((name) => [name, fileInPackage(`${name}.tar.gz`)]))
  const worker = new Worker(new URL('./pglite-worker.ts', import.meta.url), {
    workerData: {
      pgliteUrl: fileInPackage('index.js'),
      dataDir,
      extensions,
      serverArgs,
      input: port2,
      counts,
    } satisfies PgliteWorkerData,
    transferList: [port2],
  })
  let pending = Promise.withResolvers<object[]>()
  let onPiece: (piece: Buffer) => void = () => undefined
  let waiting = 0
  let onTaken = () => {}
  const ended = new AbortController()
  worker.on('message', (message: PgliteAnswer) => {
    if (message.kind === 'taken') {
      waiting -= 1
      onTaken()
    } else if (message.kind === 'piece') {
      onPiece(Buffer.from(message.piece.buffer, message.piece.byteOffset, message.piece.length))
      count(WORKED)
    } else if (message.kind === 'done') pending.resolve(message.rows ?? [])
    else pending.reject(Object.assign(new Error(message.failure.message), message.failure))
  })
  worker.on('error', (error) => pending.reject(error))
  const stop = () => void worker.terminate()
  signal?.addEventListener('abort', stop)
  worker.on('exit', () => {
    signal?.removeEventListener('abort', stop)
    ended.abort()
    pending.reject(new PgliteEnded())
    input.close()
    onTaken()
  })

  function count(place: number): void {
    Atomics.add(counters, place, 1)
    Atomics.notify(counters, place)
  }
  function put(piece: Uint8Array): void {
    input.postMessage(piece)
    waiting += 1
    count(PUT)
  }
  function request(message: PgliteRequest): Promise<object[]> {
    pending = Promise.withResolvers()
    if (ended.signal.aborted) pending.reject(new PgliteEnded())
    else worker.postMessage(message)
    return pending.promise
  }

  async function ask(bytes: Uint8Array, onAnswer: (piece: Buffer) => void, more?: AsyncIterable<Uint8Array>) {
    const complaint: Buffer[] = []
    const read = createMessageReader({
      onBody: (type, piece) => {
        if (type === 'E') complaint.push(Buffer.from(piece))
      },
    })
    onPiece = (piece) => {
      read(piece)
      onAnswer(piece)
    }
    const asked = request({ kind: 'protocol', bytes, streamed: more !== undefined })
    const fed = more && feed(more, () => complaint.length > 0)
    for (const result of await Promise.allSettled([fed, asked])) if (result.status === 'rejected') throw result.reason
    return complaint.length > 0 ? serverError(Buffer.concat(complaint)) : undefined
  }

  /** Ends with an empty piece also when what it reads fails: the server waits for it. */
  async function feed(more: AsyncIterable<Uint8Array>, isRefused: () => boolean): Promise<void> {
    waiting = 0
    try {
      for await (const piece of more) {
        if (isRefused() || ended.signal.aborted) break
        put(piece)
        if (waiting >= PIECES_MAX && !ended.signal.aborted) await new Promise<void>((resolve) => (onTaken = resolve))
      }
    } finally {
      put(new Uint8Array(0))
    }
  }

  const thread: PgliteThread = {
    query: async <Row extends object>(sql: string) => (await request({ kind: 'query', sql })) as Row[],
    ask,
    close: async () => {
      await request({ kind: 'close' })
      await worker.terminate()
    },
    end: async () => void (await worker.terminate()),
  }
  try {
    await pending.promise
    return thread
  } catch (error) {
    await thread.end()
    throw error
  }
}

/** What waits for it fails with this. */
export class PgliteEnded extends Error {
  override name = 'PgliteEnded'
  constructor() {
    super('the embedded Postgres was ended')
  }
}

/** Resolved here and not in the worker, whose file may lie beside a bundle. */
function fileInPackage(file: string): string {
  const dist = dirname(createRequire(import.meta.url).resolve('@electric-sql/pglite'))
  return pathToFileURL(join(dist, file)).href
}
