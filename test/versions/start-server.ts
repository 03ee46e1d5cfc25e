import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { TestProject } from 'vitest/node'
import { locateBinaries, type PostgresBinaries } from '#emulators/postgres/binaries'
import { NEWEST_MAJOR, newestPostgres } from '../support/newest-postgres.ts'
import { offerServers } from '../support/start-postgres.ts'

declare module 'vitest' {
  interface ProvidedContext {
    postgresMajor: number
  }
}

const SERVERS = join(import.meta.dirname, 'servers')
/** The version's server for all of its project; each test makes databases of its own on it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { postgresMajor: major = NEWEST_MAJOR } = project.config.provide
  return offerServers(project, 1, { settings: ['autovacuum=off'], ...(await serverOf(major)) })
}

/** What `startPostgres` needs for a version. */
export async function serverOf(major: number): Promise<{ binaries: PostgresBinaries }> {
  return major === NEWEST_MAJOR ? newestPostgres() : { binaries: await installed(major) }
}

/** Their packages are in a lock of their own, so that only these tests download their 290 MB. */
async function installed(major: number) {
  const packageDir = join(SERVERS, 'node_modules', `postgres-${major}`)
  const { packages } = JSON.parse(await readFile(join(SERVERS, 'package-lock.json'), 'utf8')) as Lock
  const wanted = packages[`node_modules/postgres-${major}`]?.version
  const text = await readFile(join(packageDir, 'package.json'), 'utf8').catch(() => '{}')
  const { version } = JSON.parse(text) as { version?: string }
  if (version !== wanted) await promisify(execFile)('npm', ['ci', '--ignore-scripts'], { cwd: SERVERS })
  return locateBinaries(packageDir)
}

interface Lock {
  packages: Record<string, { version?: string }>
}
