/** Finds passwords like libpq. The URL and PGPASSWORD come first; this file reads the password file. */
import { readFile, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { AppError, getErrorMessage } from '#platform/errors'

export interface Login {
  host: string
  port: number
  database: string
  user: string
}

type Env = Record<string, string | undefined>
type PasswordLookup = { password: string } | { problem: string }

/** Default folders of a server's socket; the password file calls that host `localhost`. */
const SOCKET_FOLDERS = ['/tmp', '/run/postgresql', '/var/run/postgresql']
const GROUP_AND_OTHERS = 0o077

/** @throws AppError DATABASE_UNAVAILABLE that names the user, the server, and every place searched */
export async function findPassword(env: Env, login: Login): Promise<string> {
  const path = env['PGPASSFILE'] || join(env['HOME'] || homedir(), '.pgpass')
  const found = await readPasswordFile(path, login)
  if ('password' in found) return found.password
  const { user, host, port } = login
  const missing = `the server ${host}:${port} asks for a password for the user ${user}, but none is set`
  const places = `the URL has none, PGPASSWORD is not set, and the password file ${path} ${found.problem}`
  throw new AppError('DATABASE_UNAVAILABLE', `${missing}: ${places}`)
}

/** The first matching line counts, as in libpq. */
export async function readPasswordFile(path: string, login: Login): Promise<PasswordLookup> {
  try {
    const about = await stat(path)
    if (!about.isFile()) return { problem: 'is not a file' }
    if (process.platform !== 'win32' && (about.mode & GROUP_AND_OTHERS) !== 0) {
      return { problem: 'is ignored because others may read it: run chmod 600 on it' }
    }
    const password = findPasswordInText(await readFile(path, 'utf8'), login)
    return password === undefined ? { problem: 'has no line for this server and user' } : { password }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { problem: 'does not exist' }
    return { problem: `cannot be read: ${getErrorMessage(error)}` }
  }
}

/** Lines are `host:port:database:user:password`; `*` matches anything, and a backslash escapes a colon. */
export function findPasswordInText(text: string, { host, port, database, user }: Login): string | undefined {
  const hosts = SOCKET_FOLDERS.includes(host) ? [host, 'localhost'] : [host]
  const wanted = [hosts, [String(port)], [database], [user]]
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith('#')) continue
    const fields = line.match(/(?:^|:)(?:\\.|[^:\\])*/g) ?? []
    const values = fields.map((field, at) => (at === 0 ? field : field.slice(1)).replaceAll(/\\(.)/g, '$1'))
    if (values.length < 5) continue
    if (wanted.every((names, at) => values[at] === '*' || names.includes(values[at] as string)))
      return values.slice(4).join(':')
  }
  return undefined
}
