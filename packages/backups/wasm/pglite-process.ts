import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { deserialize, serialize } from 'node:v8'
import type { PgliteFailure, PgliteRequest, PgliteSetup } from '#backups/wasm/pglite-child'
import { parseServerError } from '#backups/postgres/server-error'
import { ChildEnded, startChild } from '#backups/wasm/start-child'
import { createMessageReader } from '#backups/postgres/wire-protocol'

export interface PgliteOptions {
  dataDir: string
  /** Folder of a cluster that is copied to `dataDir` first. */
  template?: string | undefined
  /** File names of their archives in PGlite's package. */
  archives: string[]
  /** Arguments of the server. */
  serverArgs: string[]
  /** Ends it in any state, even while it starts. */
  signal?: AbortSignal | undefined
}

/** An embedded Postgres in a process of its own: one session, which runs one request at a time. */
export interface PgliteProcess {
  query<Row extends object>(sql: string): Promise<Row[]>
  /**
   * Sends whole messages and reads the server's answer, in pieces that may end inside a message. `more` is the rest of
   * the request, in whole messages; reading it stops once the server reports an error. @returns the server's error, if
   * it answered with one
   */
  ask(bytes: Buffer, onPiece: (piece: Buffer) => void, more?: AsyncIterable<Buffer>): Promise<Error | undefined>
  /** Shuts down in order, so that its folder can be opened again. */
  close(): Promise<void>
  /** Ends it in any state. */
  end(): Promise<void>
}

/** @throws ChildEnded, or the embedded server's error, when it does not start */
export async function openPgliteProcess({
  dataDir,
  template,
  archives,
  serverArgs,
  signal,
}: PgliteOptions): Promise<PgliteProcess> {
  if (signal?.aborted) throw new ChildEnded(`${NAME} was ended`)
  let pending = Promise.withResolvers<object[]>()
  let onPiece: (piece: Buffer) => void = () => undefined
  let ended: Error | undefined
  const child = startChild(new URL('./pglite-child.ts', import.meta.url), {
    name: NAME,
    onFrame: (type, body) => {
      if (type === 'P') onPiece(body)
      else if (type === 'D') pending.resolve(body.length === 0 ? [] : (deserialize(body) as object[]))
      else pending.reject(failureIn(body))
    },
    onEnd: (error) => {
      signal?.removeEventListener('abort', stop)
      ended = error
      pending.reject(error)
    },
  })
  const stop = () => void child.end()
  signal?.addEventListener('abort', stop)

  function request(type: PgliteRequest, body?: Buffer): Promise<object[]> {
    pending = Promise.withResolvers()
    if (ended) pending.reject(ended)
    else void child.send(type, body)
    return pending.promise
  }

  async function ask(bytes: Buffer, onAnswer: (piece: Buffer) => void, more?: AsyncIterable<Buffer>) {
    const complaint: Buffer[] = []
    let isOver = false
    const read = createMessageReader({
      onBody: (type, piece) => {
        if (type === 'E') complaint.push(piece)
      },
    })
    onPiece = (piece) => {
      read(piece)
      onAnswer(piece)
    }
    const asked = request(more ? 'S' : 'P', bytes).finally(() => (isOver = true))
    const fed = more && feed(more, () => isOver || complaint.length > 0)
    for (const result of await Promise.allSettled([fed, asked])) if (result.status === 'rejected') throw result.reason
    return complaint.length > 0 ? parseServerError(Buffer.concat(complaint)) : undefined
  }

  /** Signals the end also when its source fails: the server waits for it. */
  async function feed(more: AsyncIterable<Buffer>, isUnwanted: () => boolean): Promise<void> {
    try {
      for await (const piece of more) {
        if (isUnwanted()) break
        await child.send('M', piece)
      }
    } finally {
      await child.send('M')
    }
  }

  const extensions = Object.fromEntries(archives.map((name) => [name, fileInPackage(`${name}.tar.gz`)]))
  const setup: PgliteSetup = { pgliteUrl: fileInPackage('index.js'), dataDir, template, extensions, serverArgs }
  try {
    await request('I', serialize(setup))
  } catch (error) {
    await child.end()
    throw error
  }
  return {
    query: async <Row extends object>(sql: string) => (await request('Q', Buffer.from(sql))) as Row[],
    ask,
    close: async () => {
      await request('X')
      await child.end()
    },
    end: () => child.end(),
  }
}

const NAME = 'the embedded Postgres'

function failureIn(body: Buffer): Error {
  const failure = deserialize(body) as PgliteFailure
  return Object.assign(new Error(failure.message), failure)
}

/** The parent resolves it, since the child's file may lie beside a bundle. */
function fileInPackage(file: string): string {
  const dist = dirname(createRequire(import.meta.url).resolve('@electric-sql/pglite'))
  return pathToFileURL(join(dist, file)).href
}
