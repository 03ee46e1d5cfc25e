import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { findFreePort } from '#emulators/free-port'
import { hasTool } from './debian-postgres.ts'

const PROGRAM = '/usr/sbin/pgbouncer'

export function hasPgBouncer(): boolean {
  return hasTool('PgBouncer', existsSync(PROGRAM))
}

export interface PgBouncer {
  /** The server's URL with the pooler's port. */
  url(serverUrl: string): string
  close(): Promise<void>
}

/** Starts PgBouncer in front of all databases of a server, with settings as in pgbouncer.ini. */
export async function startPgBouncer(serverUrl: string, settings: string[]): Promise<PgBouncer> {
  const { hostname, port: serverPort, username, password } = new URL(serverUrl)
  const dir = await mkdtemp(join(tmpdir(), 'hunter-pgbouncer-'))
  await chmod(dir, 0o755) // the pooler does not run as root
  const port = await findFreePort()
  const login = `user=${username}${password ? ` password=${password}` : ''}`
  const own = [`listen_port=${port}`, 'listen_addr=127.0.0.1', 'unix_socket_dir=', 'auth_type=any']
  const ini = ['[databases]', `* = host=${hostname} port=${serverPort} ${login}`, '[pgbouncer]', ...own, ...settings]
  await writeFile(join(dir, 'pgbouncer.ini'), ini.join('\n'))
  const log = await open(join(dir, 'log'), 'a')
  const user = process.getuid?.() === 0 ? ['-u', 'nobody'] : []
  const child = spawn(PROGRAM, [...user, join(dir, 'pgbouncer.ini')], { stdio: ['ignore', log.fd, log.fd] })
  await log.close()
  while (!(await readFile(join(dir, 'log'), 'utf8')).includes('process up')) {
    if (child.exitCode !== null) throw new Error(`PgBouncer ended: ${await readFile(join(dir, 'log'), 'utf8')}`)
    await pause(20)
  }
  return {
    url: (url) => Object.assign(new URL(url), { host: `127.0.0.1:${port}` }).href,
    close: async () => {
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
      await rm(dir, { recursive: true, force: true })
    },
  }
}
