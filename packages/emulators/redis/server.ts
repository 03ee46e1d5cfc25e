/** Runs a Redis in this process behind Upstash's interface: HTTP on the loopback address, and a token. */
import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Clock } from '#platform/clock'
import { AppError, getErrorMessage } from '#platform/errors'
import { createEngine } from '#emulators/redis/engine'
import { createRestServer } from '#emulators/redis/rest'
import { loadSnapshot, saveSnapshot } from '#emulators/redis/snapshot'
import { Store } from '#emulators/redis/store'

export interface RedisServerOptions {
  /** 0 or absent: any free port. */
  port?: number
  token: string
  /** Clock for expiry. */
  clock: Clock
  /** File that keeps the keys between runs; absent: none. */
  persistPath?: string
  /** Interval at which expired keys are dropped and changes are saved. */
  tidyEveryMs?: number
}

export interface RedisServer {
  url: string
  /** Saves changes. Safe to call again. */
  close(): Promise<void>
}

/** @throws AppError PART_FAILED when the port is taken. */
export async function startRedisServer(options: RedisServerOptions): Promise<RedisServer> {
  const store = new Store(options.clock)
  const keeper = await startKeeper(store, options)
  const server = createRestServer({ token: options.token, engine: createEngine(store) })
  const port = await listen(server, options.port ?? 0).catch(async (error: unknown) => {
    await keeper.stop()
    throw new AppError('PART_FAILED', `Redis did not start: ${getErrorMessage(error)}`, { cause: error })
  })
  let closed: Promise<void> | undefined
  return { url: `http://127.0.0.1:${port}`, close: () => (closed ??= stop(server).then(() => keeper.stop())) }
}

async function listen(server: Server, port: number): Promise<number> {
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

async function stop(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}

/** Tidies while the server runs and once at its end. Saves never overlap. */
async function startKeeper(store: Store, options: RedisServerOptions): Promise<{ stop(): Promise<void> }> {
  const { persistPath, tidyEveryMs = 3_000 } = options
  if (persistPath !== undefined) await loadSnapshot(persistPath, store)
  let saved = store.changes
  let saving = Promise.resolve()

  const save = async (path: string) => {
    const changes = store.changes
    if (changes === saved) return
    await saveSnapshot(path, store)
    saved = changes
  }
  const tidy = () => {
    store.sweep()
    // A full disk must not stop a cache: the next turn saves again.
    if (persistPath !== undefined) saving = saving.then(() => save(persistPath)).catch(() => undefined)
    return saving
  }
  const timer = setInterval(() => void tidy(), tidyEveryMs).unref()
  return {
    stop() {
      clearInterval(timer)
      return tidy()
    },
  }
}
