import { existsSync } from 'node:fs'
import { userInfo } from 'node:os'
import { type Env, parseParameters, readEnvParameters, readService } from '#cli/backup/libpq-parameters'
import { AppError } from '#platform/errors'
import { type Login, readPasswordFile } from '#platform/password-file'

/** Parameters of libpq that node-postgres reads from a URL, too. */
const PASSED_ON = ['sslmode', 'sslcert', 'sslkey', 'sslrootcert', 'sslnegotiation', 'options', 'uselibpqcompat']
/** Folders where psql looks for a server's socket when no host is named. */
const SOCKET_FOLDERS = ['/var/run/postgresql', '/run/postgresql', '/tmp']

interface ServerName {
  url: string
  /** True when the text or its service names a database, rather than PGDATABASE or the user's name. */
  hasDatabase: boolean
}

/**
 * Reads a server in every form that libpq takes, as a URL that all else here takes:
 * `postgres://user@/db?host=/run/postgresql`, `host=… dbname=…`, `service=shop` or PGSERVICE. What is missing comes
 * from the service, then from the environment.
 * @throws AppError USAGE
 */
export async function readServerName(text: string, option: string, env: Env): Promise<ServerName> {
  const said = parseParameters(text, option)
  const service = said['service'] ?? env['PGSERVICE']
  const named = { ...(service ? await readService(service, env) : {}), ...said }
  const found = { ...readEnvParameters(env), ...named }
  const port = Number(found['port'] ?? 5432)
  const host = found['hostaddr'] ?? found['host'] ?? defaultHost(port)
  if (host.includes(',')) throw new AppError('USAGE', `${option} names several servers (${host}): give the one to use`)
  const user = found['user'] ?? userInfo().username
  const database = found['dbname'] ?? user
  const password = found['password'] ?? (await passwordIn(found['passfile'], { host, port, database, user }))
  const server = `postgres://${isSocket(host) ? 'localhost' : host.includes(':') ? `[${host}]` : host}:${port}`
  if (!URL.canParse(server)) throw new AppError('USAGE', `${option} names no server: ${host}:${port}`)
  const url = new URL(server)
  url.username = encodeURIComponent(user)
  url.password = encodeURIComponent(password ?? '')
  url.pathname = `/${encodeURIComponent(database)}`
  if (isSocket(host)) url.searchParams.set('host', host)
  for (const name of PASSED_ON) if (found[name]) url.searchParams.set(name, found[name])
  return { url: url.href, hasDatabase: named['dbname'] !== undefined }
}

function isSocket(host: string): boolean {
  return host.startsWith('/')
}

function defaultHost(port: number): string {
  return SOCKET_FOLDERS.find((folder) => existsSync(`${folder}/.s.PGSQL.${port}`)) ?? 'localhost'
}

/** Reads only a file that is named; the usual one is read when the server asks for a password. */
async function passwordIn(file: string | undefined, login: Login): Promise<string | undefined> {
  if (file === undefined) return undefined
  const found = await readPasswordFile(file, login)
  return 'password' in found ? found.password : undefined
}
