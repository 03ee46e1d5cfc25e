/** A pool that waits for a connection no longer than the request may, and hands on none that is likely to be dead. */
import { Pool, type PoolClient, type PoolConfig } from 'pg'
import { beginWait, getBudgetLeftMs } from '#db/budget'
import { type BoundedClient, type BoundedConfig, createNoAnswerError } from '#db/bounded-client'

type ConnectCallback = (
  error: Error | undefined,
  client: PoolClient | undefined,
  release: PoolClient['release'],
) => void
type PooledClient = PoolClient & BoundedClient

export class BoundedPool extends Pool {
  /** How many connections have hung. */
  #hangs = 0
  /** How many had, when a connection was made. */
  readonly #madeAfter = new WeakMap<PoolClient, number>()

  constructor(options: PoolConfig & BoundedConfig) {
    super(options)
    this.on('connect', (client) => this.#madeAfter.set(client, this.#hangs))
    this.on('release', (_error, client) => {
      if ((client as PooledClient).hasHung) this.#hangs += 1
    })
  }

  override connect(): Promise<PoolClient>
  override connect(callback: ConnectCallback): void
  override connect(callback?: ConnectCallback): Promise<PoolClient> | undefined {
    const taken = this.#takeTrusted()
    if (!callback) return taken
    taken.then(
      (client) => callback(undefined, client, (broken) => client.release(broken)),
      (error: Error) => callback(error, undefined, () => undefined),
    )
    return undefined
  }

  /** What one connection lost on its way, those that are as old have lost too: each would cost a request its time. */
  async #takeTrusted(): Promise<PoolClient> {
    for (;;) {
      const client = await this.#takeInTime()
      if (this.#madeAfter.get(client) === this.#hangs) return client
      ;(client as PooledClient).drop()
      client.release(true)
    }
  }

  async #takeInTime(): Promise<PoolClient> {
    const leftMs = getBudgetLeftMs()
    if (leftMs <= 0) throw createNoAnswerError()
    const wait = beginWait()
    const taken = super.connect()
    try {
      return leftMs === Infinity ? await taken : await withTimeout(leftMs, taken)
    } catch (thrown) {
      taken.then(
        (client) => client.release(), // it came too late for this request
        () => undefined,
      )
      throw thrown
    } finally {
      wait.end()
    }
  }
}

async function withTimeout<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => setImmediate(() => late.reject(createNoAnswerError())), timeoutMs)
  try {
    return await Promise.race([work, late.promise])
  } finally {
    clearTimeout(timer)
  }
}
