import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { startPostgres } from '#local/postgres/postgres'

declare module 'vitest' {
  interface ProvidedContext {
    postgresUrl: string
  }
}

/** One real server for the whole run; each test file makes databases of its own on it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dir = await mkdtemp(join(tmpdir(), 'hunter-test-'))
  const server = await startPostgres({ dir, durable: false })
  project.provide('postgresUrl', server.url)
  return async () => {
    await server.close()
    await rm(dir, { recursive: true, force: true })
  }
}
