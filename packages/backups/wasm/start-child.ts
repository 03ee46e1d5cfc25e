import { spawn } from 'node:child_process'
import type { Duplex } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { createMessageReader, message } from '#backups/postgres/wire-protocol'

export interface ChildEvents {
  /** Such as `pg_dump`, for the error of its end. */
  name: string
  /** Called with each whole frame that it writes. */
  onFrame: (type: string, body: Buffer) => void
  /** Called once, when the process is gone, for whatever reason. */
  onEnd: (error: Error) => void
}

export interface Child {
  /** Resolves when there is room for more, also when the process is gone. */
  send(type: string, body?: Buffer): Promise<void>
  /** Kills it, whatever it does, and resolves when it is gone. */
  end(): Promise<void>
}

/** The linker's path: a runtime may keep Node's own libraries at a place of its own, as Lambda's does. */
const PASSED_ON = ['LD_LIBRARY_PATH']
/** How V8 compiles WebAssembly, if we were told. */
const WASM_FLAG = /^--(?:no-)?(?:liftoff|wasm)/
/** Of what it says when it fails. */
const SAID_CHARS_MAX = 4_000
/** As Node and V8 word the error that ends them. */
const ERROR_LINE = /^(?:# )?(?:\w*error|fatal)\b/i

/**
 * Starts a program in a process of its own, which can be killed at any moment and takes nobody with it when it crashes.
 * Its descriptor 3 is a pipe for frames (`child-pipe.ts`), 4 one that closes with us. Of our environment it sees nothing.
 */
export function startChild(program: URL, { name, onFrame, onEnd }: ChildEvents): Child {
  const env = Object.fromEntries(PASSED_ON.map((variable) => [variable, process.env[variable]]))
  const flags = process.execArgv.filter((flag) => WASM_FLAG.test(flag))
  const child = spawn(process.execPath, [...flags, fileURLToPath(program)], {
    env,
    stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
  })
  const [, , stderr, pipe, lifeline] = (child.stdio ?? []) as unknown as Duplex[] // none when no pipe could be made
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
  for (const stream of [stderr, pipe, lifeline]) stream?.on('error', () => undefined) // the process is gone then
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
      if (!pipe?.writable || pipe.write(message(type, body))) return
      await room.promise
    },
  }
}

/** Hands over whole frames, which have the form of the messages of Postgres. */
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

/** What waits for the process fails with this. */
export class ChildEnded extends Error {
  override name = 'ChildEnded'
}
