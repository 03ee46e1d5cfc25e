import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chown, mkdir, mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { createPostgresLauncher } from '#emulators/postgres/launch'
import { findFreePort } from '#emulators/free-port'

/** Where Debian puts the version whose pg_dump and psql can read it. */
const BIN = '/usr/lib/postgresql/15/bin'

export interface DebianPostgres {
  /** URL of the superuser and the database `postgres`. */
  url: string
  pid: number
  close(): Promise<void>
}

/**
 * Whether a tool that only some machines have is there. With REQUIRE_TOOLS=1 a missing one is a failure, so that a
 * machine that should have them cannot skip in silence.
 */
export function hasTool(name: string, isThere: boolean): boolean {
  if (!isThere && process.env['REQUIRE_TOOLS'] === '1') throw new Error(`${name} is missing and REQUIRE_TOOLS is set`)
  return isThere
}

export function hasDebianPostgres(): boolean {
  const tools = ['initdb', 'postgres', 'pg_dump', 'psql'].map((tool) => join(BIN, tool))
  return hasTool('Debian Postgres 15', tools.every(existsSync))
}

export function debianTool(name: 'pg_dump' | 'psql'): string {
  return join(BIN, name)
}

/** A server of its own for one test file, without durability, run by an unprivileged user. */
export async function startDebianPostgres(settings: string[] = []): Promise<DebianPostgres> {
  const dir = await mkdtemp(join(tmpdir(), 'hunter-pg15-'))
  const dataDir = join(dir, 'data')
  await mkdir(dataDir, { mode: 0o700 })
  const { launch, owner } = await createPostgresLauncher(dataDir)
  if (owner) await chown(dataDir, owner.uid, owner.gid)
  const initdb = ['-D', dataDir, '-U', 'hunter', '--auth=trust', '--encoding=UTF8', '--locale=C']
  execFileSync(...launch(join(BIN, 'initdb'), [...initdb, '--no-sync', '--no-instructions']), { stdio: 'ignore' })

  const port = await findFreePort()
  const quick = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'autovacuum=off']
  const own = [`port=${port}`, 'listen_addresses=127.0.0.1', 'unix_socket_directories=', ...quick, ...settings]
  const log = await open(join(dir, 'log'), 'a')
  const child = spawn(...launch(join(BIN, 'postgres'), ['-D', dataDir, ...own.flatMap((setting) => ['-c', setting])]), {
    stdio: ['ignore', log.fd, log.fd],
  })
  await log.close()
  while (!(await readFile(join(dir, 'log'), 'utf8')).includes('ready to accept connections')) {
    if (child.exitCode !== null) throw new Error(`Postgres 15 ended: ${await readFile(join(dir, 'log'), 'utf8')}`)
    await pause(20)
  }
  return {
    url: `postgres://hunter@127.0.0.1:${port}/postgres`,
    pid: child.pid ?? 0,
    close: async () => {
      const ended = once(child, 'exit')
      child.kill('SIGINT')
      await ended
      await rm(dir, { recursive: true, force: true })
    },
  }
}
