/**
 * The parts of the API in a process of their own, so that their work is not taken for the API's: Postgres with one lead
 * and three keys, and Redis. Both count on the wire what they are asked.
 */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo, Server } from 'node:net'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createKey } from '#keys/verify-key'
import { closeDatabase, createDatabase } from '#db/client'
import { migrate } from '#db/migrate'
import { startPostgres } from '#emulators/postgres/postgres'
import { createEngine } from '#emulators/redis/engine'
import { createRestServer } from '#emulators/redis/rest'
import { Store } from '#emulators/redis/store'
import { systemClock } from '#platform/clock'
import { keepLead, sampleLead } from './sample-lead.ts'

export interface ApiParts {
  env: Record<string, string>
  key: string
  /** A key that may send one request a minute. */
  narrowKey: string
  /** A key that may scan. */
  writeKey: string
}

export interface WireCounts {
  redis: number
  database: number
}

const TOKEN = 'bench'
const PEPPER = 'pepper of the benchmark'
const counts: WireCounts = { redis: 0, database: 0 }

const dir = await mkdtemp(join(tmpdir(), 'hunter-bench-api-'))
const postgres = await startPostgres({ dir, durable: false })
const redis = createRestServer({ token: TOKEN, engine: createEngine(new Store(systemClock)) })
redis.on('request', () => (counts.redis += 1))
const redisPort = await listen(redis)
const proxy = await startCountingProxy(new URL(postgres.url))

process.on('message', (asked) => {
  if (asked === 'counts') process.send?.(counts)
})
process.on('disconnect', () => void end())
process.send?.(await prepare())

async function prepare(): Promise<ApiParts> {
  await migrate({ url: postgres.url, folder: resolve(import.meta.dirname, '../../migrations') })
  const db = createDatabase({ url: postgres.url, maxConnections: 1, statementTimeoutMs: 10_000 })
  const deps = {
    db,
    clock: systemClock,
    pepper: PEPPER,
    env: 'test',
    randomBytes: (count: number) => randomBytes(count),
  }
  const made = { name: 'bench', scopes: ['read' as const], actor: 'bench' }
  const { key } = await createKey(deps, made)
  const { key: narrowKey } = await createKey(deps, { ...made, limitPerMinute: 1 })
  const { key: writeKey } = await createKey(deps, { ...made, scopes: ['write'] })
  await keepLead(db, sampleLead({ domain: 'acme.com.tr' }))
  await closeDatabase(db)
  const { username, password, pathname } = new URL(postgres.url)
  const link = (name: string, value: object) => ({ [`SST_RESOURCE_${name}`]: JSON.stringify(value) })
  const env = {
    ...link('App', { name: 'hunter', stage: 'bench' }),
    ...link('Database', { host: '127.0.0.1', port: proxy, username, password, database: pathname.slice(1) }),
    ...link('Redis', { url: `http://127.0.0.1:${redisPort}`, token: TOKEN }),
    ...link('KeyPepper', { value: PEPPER }),
    HUNTER_ENV: 'test',
    HUNTER_DNS_SERVERS: '127.0.0.1:1',
    HUNTER_IP_LIMIT_PER_MINUTE: '1000000',
    HUNTER_KEY_LIMIT_PER_MINUTE: '1000000',
  }
  return { env, key, narrowKey, writeKey }
}

/** A proxy between the API and Postgres that counts the messages that end a request: Query and Sync. */
async function startCountingProxy({ hostname, port }: URL): Promise<number> {
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname)
    client.setNoDelay(true)
    upstream.setNoDelay(true)
    const read = messageReader((type) => (counts.database += type === 'Q' || type === 'S' ? 1 : 0))
    client.on('data', read)
    client.pipe(upstream).pipe(client)
    for (const socket of [client, upstream]) socket.on('error', () => [client, upstream].forEach((it) => it.destroy()))
  })
  return listen(server)
}

/** https://www.postgresql.org/docs/18/protocol-message-formats.html: a type, but for the first message, and a length. */
function messageReader(onMessage: (type: string) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0)
  let headBytes = 0
  return (chunk) => {
    rest = Buffer.concat([rest, chunk])
    while (rest.length >= headBytes + 4) {
      const length = headBytes + rest.readUInt32BE(headBytes)
      if (rest.length < length) return
      if (headBytes === 1) onMessage(String.fromCharCode(rest[0] ?? 0))
      headBytes = 1
      rest = rest.subarray(length)
    }
  }
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

async function end(): Promise<void> {
  await postgres.close()
  await rm(dir, { recursive: true })
  process.exit()
}
