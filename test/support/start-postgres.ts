import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { startPostgres } from '#emulators/postgres/postgres'

declare module 'vitest' {
  interface ProvidedContext {
    postgresUrls: string[]
  }
}

/** A real server for each worker, so that a test file sees all of its server and nothing of the file beside it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dir = await mkdtemp(join(tmpdir(), 'hunter-test-'))
  const workers = Array.from({ length: project.config.maxWorkers }, (_, worker) => join(dir, `${worker + 1}`))
  const servers = await Promise.all(workers.map((place) => startPostgres({ dir: place, durable: false })))
  const urls = servers.map(({ url }) => url)
  project.provide('postgresUrls', urls)
  return async () => {
    await Promise.all(servers.map((server) => server.close()))
    await rm(dir, { recursive: true, force: true })
  }
}
