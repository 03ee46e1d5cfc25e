import type { MessagePort } from 'node:worker_threads'
import type { Client } from 'pg'
import { rawConnection } from '#backups/connection'
import { hideRestrict, revealRestrict } from '#backups/restrict-lines'
import { cString, createMessageReader, message } from '#backups/wire'

const AUTHENTICATION_OK = message('R', Buffer.alloc(4))
const READY = message('Z', Buffer.from('I'))
const TERMINATE = 'X'

/** What the server said of itself at the start of the connection; collected from before it connects. */
export function collectParameters(client: Client): Map<string, string> {
  const parameters = new Map<string, string>()
  rawConnection(client).on('parameterStatus', (status) => parameters.set(status.parameterName, status.parameterValue))
  return parameters
}

export interface TakenSocket {
  /** Rejects when the connection breaks. */
  broken: Promise<never>
  close(): void
}

/**
 * Hands a connected and authenticated connection to pg_dump, which so needs neither password nor TLS: node-postgres has
 * done both. Its start-up message is answered here, everything else by the server.
 */
export function lendSocket(
  client: Client,
  parameters: Map<string, string>,
  port: MessagePort,
  answered: SharedArrayBuffer,
): TakenSocket {
  const { stream } = rawConnection(client)
  const broken = Promise.withResolvers<never>()
  broken.promise.catch(() => undefined) // it may break when nobody waits for it any more
  const answers = new Int32Array(answered)
  let received: Buffer[] = []

  function answer(bytes: Buffer): void {
    port.postMessage(new Uint8Array(bytes))
    Atomics.add(answers, 0, 1)
    Atomics.notify(answers, 0)
  }
  const read = createMessageReader({
    onEnd: (type) => {
      if (type === 'Z') complete = true
    },
  })
  let complete = false

  stream.removeAllListeners('data')
  stream.on('data', (chunk: Buffer) => {
    received.push(chunk)
    read(chunk)
    if (!complete) return
    complete = false
    const bytes = Buffer.concat(received)
    received = []
    try {
      answer(hideRestrict(bytes))
    } catch (error) {
      broken.reject(error)
    }
  })
  stream.on('error', (error) => broken.reject(error))
  stream.on('close', () => broken.reject(new Error('the connection was closed')))

  const requests = createRequestReader((request) => {
    if (request.length > 0 && request[0] === 0) return answer(startUpAnswer(parameters))
    if (request.toString('latin1', 0, 1) === TERMINATE) return answer(Buffer.alloc(0))
    stream.write(revealRestrict(request))
  })
  port.on('message', (bytes: Uint8Array) => {
    if (!requests(Buffer.from(bytes))) answer(Buffer.alloc(0))
  })

  return {
    broken: broken.promise,
    close: () => {
      stream.destroy()
      port.close()
    },
  }
}

/**
 * Puts together requests that are written in pieces. Returns whether the last piece completed one: pg_dump asks one
 * thing at a time, with simple queries.
 */
function createRequestReader(onRequest: (request: Buffer) => void): (piece: Buffer) => boolean {
  let held = Buffer.alloc(0)
  return (piece) => {
    held = Buffer.concat([held, piece])
    const lengthAt = held[0] === 0 ? 0 : 1 // only the start-up message has no type
    if (held.length < lengthAt + 4 || held.length < lengthAt + held.readUInt32BE(lengthAt)) return false
    const request = held
    held = Buffer.alloc(0)
    onRequest(request)
    return true
  }
}

function startUpAnswer(parameters: Map<string, string>): Buffer {
  const statuses = [...parameters].map(([name, value]) => message('S', cString(name), cString(value)))
  return Buffer.concat([AUTHENTICATION_OK, ...statuses, READY])
}
