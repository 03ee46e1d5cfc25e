import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import type { TestProject } from 'vitest/node'
import { type PostgresOptions, type PostgresServer, startPostgres } from '#emulators/postgres/postgres'
import { getErrorMessage } from '#platform/errors'
import { newestPostgres } from './newest-postgres.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Answers `/1` with the URL of worker 1's Postgres server. */
    postgresUrl: string
  }
}

/** A real server for each worker, so that a test file sees all of its server and nothing of the file beside it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  return offerServers(project, project.config.maxWorkers, await newestPostgres())
}

/**
 * Starts a worker's server when the first of its test files asks for it (`postgres.ts`): pure tests start none. Workers
 * beyond `serversMax` share.
 */
export async function offerServers(
  project: TestProject,
  serversMax: number,
  options: Partial<PostgresOptions> = {},
): Promise<() => Promise<void>> {
  const dir = await mkdtemp(join(tmpdir(), 'hunter-test-'))
  const servers = new Map<number, Promise<PostgresServer>>()
  const serverOf = (worker: number) => {
    const nth = ((worker - 1) % serversMax) + 1
    const server = servers.get(nth) ?? startQuickPostgres({ dir: join(dir, `${nth}`), ...options })
    servers.set(nth, server)
    return server
  }
  const door = createServer((request, response) => {
    serverOf(Number(request.url?.slice(1))).then(
      ({ url }) => response.end(url),
      (error: unknown) => response.writeHead(500).end(getErrorMessage(error)),
    )
  })
  await once(door.listen(0, '127.0.0.1'), 'listening')
  project.provide('postgresUrl', `http://127.0.0.1:${(door.address() as AddressInfo).port}`)
  return async () => {
    door.close()
    await Promise.allSettled([...servers.values()].map(async (server) => (await server).close()))
    await rm(dir, { recursive: true, force: true })
  }
}

/** Logs in with one round of hashing instead of 4,096: a fifth of what a session costs, and tests open thousands. */
async function startQuickPostgres(options: Omit<PostgresOptions, 'durable'>): Promise<PostgresServer> {
  const server = await startPostgres({ ...options, durable: false })
  const { username, password } = new URL(server.url)
  const client = new Client({ connectionString: server.url })
  await client.connect()
  // older servers have no such setting
  await client.query(`select set_config(name, '1', false) from pg_settings where name = 'scram_iterations'`)
  await client.query(`alter role ${username} password '${password}'`)
  await client.end()
  return server
}
