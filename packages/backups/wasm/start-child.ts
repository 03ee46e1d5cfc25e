import { spawn } from 'node:child_process'
import { getCompileCacheDir } from 'node:module'
import type { Duplex } from 'node:stream'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createMessageReader, buildMessage } from '#backups/postgres/wire-protocol'

interface ChildEvents {
  /** Name such as `pg_dump`, for the error when it ends. */
  name: string
  /** Called with each whole frame from the child. */
  onFrame: (type: string, body: Buffer) => void
  /** Called once when the process has ended, for any reason. */
  onEnd: (error: Error) => void
}

export interface Child {
  /** Resolves when there is room for more, or when the process has ended. */
  send(type: string, body?: Buffer): Promise<void>
  /** Kills it in any state and resolves when it has ended. */
  end(): Promise<void>
}

/** The linker's path: a runtime may keep Node's own libraries in another place, as Lambda does. */
const PASSED_ON = ['LD_LIBRARY_PATH']
/** V8's flags for compiling WebAssembly, passed on from this process. */
const WASM_FLAG = /^--(?:no-)?(?:liftoff|wasm)/
/** Limit on the error text that is kept. */
const SAID_CHARS_MAX = 4_000
/** Form of Node's and V8's fatal error lines. */
const ERROR_LINE = /^(?:# )?(?:\w*error|fatal)\b/i

/**
 * Starts a program in a process of its own, which can be killed at any moment and whose crash leaves this process
 * running. Its descriptor 3 is a pipe for frames (`child-pipe.ts`), 4 is one that closes when this process ends. It
 * gets none of our environment, except the linker's path and the folder of compiled code.
 */
export function startChild(program: URL, { name, onFrame, onEnd }: ChildEvents): Child {
  const compiled = getCompileCacheDir()
  const env = {
    ...Object.fromEntries(PASSED_ON.map((variable) => [variable, process.env[variable]])),
    NODE_COMPILE_CACHE: compiled && dirname(compiled), // Node names a folder of its version in it.
  }
  const flags = process.execArgv.filter((flag) => WASM_FLAG.test(flag))
  const child = spawn(process.execPath, [...flags, fileURLToPath(program)], {
    env,
    stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
  })
  const [, , stderr, pipe, lifeline] = (child.stdio ?? []) as unknown as Duplex[] // Empty when no pipe could be made.
  const gone = Promise.withResolvers<void>()
  let failure: Error | undefined
  let said = ''
  let room = Promise.withResolvers<void>()

  function end(): Promise<void> {
    failure ??= new ChildEnded(`${name} was ended`)
    child.kill('SIGKILL')
    return gone.promise
  }
  function crashed(how: string | number): ChildEnded {
    const reason = said.split('\n').find((line) => ERROR_LINE.test(line))
    return new ChildEnded(`the process of ${name} crashed (${how})${reason ? `: ${reason.trim()}` : ''}`)
  }

  child.on('error', (error) => (failure ??= error))
  child.on('close', (status, signal) => {
    onEnd(failure ?? crashed(signal ?? `status ${status}`))
    room.resolve()
    gone.resolve()
  })
  for (const stream of [stderr, pipe, lifeline]) stream?.on('error', () => undefined) // The process has ended then.
  stderr?.on('data', (bytes: Buffer) => (said = (said + bytes.toString()).slice(0, SAID_CHARS_MAX)))
  const read = createFrameReader(onFrame)
  pipe?.on('data', (chunk: Buffer) => {
    try {
      read(chunk)
    } catch (error) {
      failure ??= error as Error
      void end()
    }
  })
  pipe?.on('drain', () => {
    room.resolve()
    room = Promise.withResolvers()
  })

  return {
    end,
    send: async (type, body = Buffer.alloc(0)) => {
      if (!pipe?.writable || pipe.write(buildMessage(type, body))) return
      await room.promise
    },
  }
}

/** Passes on whole frames, which have the form of Postgres's messages. */
function createFrameReader(onFrame: ChildEvents['onFrame']): (chunk: Buffer) => void {
  let pieces: Buffer[] = []
  return createMessageReader({
    onBody: (_type, piece) => pieces.push(piece),
    onEnd: (type) => {
      const body = Buffer.concat(pieces)
      pieces = []
      onFrame(type, body)
    },
  })
}

/** Rejects everything that waits for the process. */
export class ChildEnded extends Error {
  override name = 'ChildEnded'
}
