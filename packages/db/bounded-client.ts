/**
 * A session that does not wait for ever. `statement_timeout` is the server's, and a server that hangs keeps no time;
 * node-postgres's own `query_timeout` rejects but leaves the statement under way on a connection that the pool then hands on.
 */
import type { ClientConfig } from 'pg'
import { beginWait, getBudgetLeftMs } from '#db/budget'
import { AppError } from '#platform/errors'
import { ServerClient } from '#platform/server-client'

export interface BoundedConfig extends ClientConfig {
  /** How long a statement may go without an answer; absent: as long as the budget of the request. */
  answerTimeoutMs?: number | undefined
}

const CONNECT_TIMEOUT_MS = 5_000
/** Time limit for closing: a server that hangs does not close its side. */
const END_TIMEOUT_MS = 1_000

interface ClientInternals {
  connection: { stream: { destroy(error?: Error): void } }
}

export class BoundedClient extends ServerClient {
  readonly #answerTimeoutMs: number
  #hasHung = false

  constructor(config: BoundedConfig = {}) {
    super({ connectionTimeoutMillis: CONNECT_TIMEOUT_MS, ...config })
    this.#answerTimeoutMs = config.answerTimeoutMs ?? Infinity
    this.query = ((...args: unknown[]) => this.#ask(args)) as this['query'] // the type has all overloads
  }

  /** Whether a statement got no answer in time. The connection was dropped then. */
  get hasHung(): boolean {
    return this.#hasHung
  }

  /** Closes the connection at once; what waits for it fails with the error. */
  drop(error?: Error): void {
    const unseen = this as unknown as ClientInternals
    unseen.connection.stream.destroy(error)
  }

  /** Every form of node-postgres's, each with a deadline. */
  #ask(args: unknown[]): unknown {
    const leftMs = Math.min(this.#answerTimeoutMs, getBudgetLeftMs())
    const callback = args.at(-1)
    const watch = this.#watch(leftMs)
    if (typeof callback !== 'function') {
      const answer: unknown = super.query(...(args as [string]))
      if (answer instanceof Promise) return answer.finally(watch.stop)
      watch.stop() // a stream, which takes as long as its reader
      return answer
    }
    const stopped = (...answer: unknown[]) => {
      watch.stop()
      callback(...answer)
    }
    return super.query(...([...args.slice(0, -1), stopped] as unknown as [string]))
  }

  override end(): Promise<void>
  override end(callback: (error: Error) => void): void
  override end(callback?: (error: Error) => void): Promise<void> | undefined {
    const timer = setTimeout(() => this.drop(), END_TIMEOUT_MS)
    const stop = () => clearTimeout(timer)
    if (!callback) return super.end().finally(stop)
    super.end((error) => {
      stop()
      callback(error)
    })
    return undefined
  }

  #watch(timeoutMs: number): { stop: () => void } {
    const wait = beginWait()
    if (timeoutMs === Infinity) return { stop: wait.end }
    let isOver = false
    const timer = setTimeout(() => {
      // a process that stood still finds timers before answers that came meanwhile
      setImmediate(() => {
        if (isOver) return
        this.#hasHung = true
        this.drop(createNoAnswerError())
      })
    }, timeoutMs)
    const stop = () => {
      isOver = true
      clearTimeout(timer)
      wait.end()
    }
    return { stop }
  }
}

export function createNoAnswerError(): AppError {
  return new AppError('DATABASE_UNAVAILABLE', 'the database does not answer')
}
