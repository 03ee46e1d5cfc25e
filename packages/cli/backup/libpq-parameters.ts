/** Reads the parameters of a connection as libpq does: from a URL, a list, a service file and the environment. */
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { AppError, getErrorMessage } from '#platform/errors'

export type Env = Record<string, string | undefined>
type ConnectionParameters = Record<string, string>

const URL_FORM =
  /^postgres(?:ql)?:\/\/(?:(?<user>[^:@/?]*)(?::(?<password>[^/?]*))?@)?(?<hosts>[^/?]*)(?:\/(?<dbname>[^?]*))?(?:\?(?<query>.*))?$/is

const HOST_FORM = /^(?<host>\[[\da-f:.%]*\]|[^:@\s]*)(?::(?<port>\d*))?$/i

/** @throws AppError USAGE, which never quotes the text: a password may be anywhere in it */
export function parseParameters(text: string, option: string): ConnectionParameters {
  const parts = URL_FORM.exec(text)?.groups
  if (!parts) return parametersListed(text, option)
  const { hosts = '', query = '', user, password, dbname } = parts
  const named = hosts.split(',').map((each) => HOST_FORM.exec(each)?.groups)
  if (!named.every((each) => each !== undefined) || dbname?.includes('@')) {
    throw usage(`${option} cannot be read: in a user or password, write / as %2F, ? as %3F and : as %3A`)
  }
  return withoutEmpty({
    user: decode(user, option),
    password: decode(password, option),
    host: named.map(({ host = '' }) => (decode(host, option) ?? '').replace(/^\[(.*)\]$/, '$1')).join(','),
    port: named[0]?.['port'],
    dbname: decode(dbname, option),
    ...Object.fromEntries(new URLSearchParams(query)),
  })
}

const FORMS =
  'a URL such as postgres://user@host:5432/database, or host=… dbname=… or service=NAME; a SQLite file is sqlite:PATH'

const PAIR = /\s*(?<name>\w+)\s*=\s*(?:'(?<quoted>(?:\\.|[^'\\])*)'|(?<plain>(?:\\.|[^\s\\'])*))\s*/gsy

/** Reads `host=localhost dbname='my shop'`; a backslash escapes a quote or a backslash. */
function parametersListed(text: string, option: string): ConnectionParameters {
  const pairs = [...text.matchAll(PAIR)]
  const read = pairs.reduce((length, [pair]) => length + pair.length, 0)
  if (read === 0 || read < text.length) {
    throw usage(`${option} must be ${FORMS}`)
  }
  const values = pairs.map(({ groups }) => {
    const value = groups?.['quoted'] ?? groups?.['plain'] ?? ''
    return [groups?.['name'] ?? '', value.replaceAll(/\\(.)/gs, '$1')]
  })
  return withoutEmpty(Object.fromEntries(values) as ConnectionParameters)
}

const VARIABLES: Record<string, string> = {
  PGHOST: 'host',
  PGHOSTADDR: 'hostaddr',
  PGPORT: 'port',
  PGDATABASE: 'dbname',
  PGUSER: 'user',
  PGPASSWORD: 'password',
  PGPASSFILE: 'passfile',
  PGSSLMODE: 'sslmode',
  PGSSLCERT: 'sslcert',
  PGSSLKEY: 'sslkey',
  PGSSLROOTCERT: 'sslrootcert',
  PGOPTIONS: 'options',
}

export function readEnvParameters(env: Env): ConnectionParameters {
  return withoutEmpty(Object.fromEntries(Object.entries(VARIABLES).map(([name, parameter]) => [parameter, env[name]])))
}

/** Searches the user's file, then the system's. @throws AppError USAGE */
export async function readService(service: string, env: Env): Promise<ConnectionParameters> {
  const own = env['PGSERVICEFILE'] || join(env['HOME'] || homedir(), '.pg_service.conf')
  const files = [own, ...(env['PGSYSCONFDIR'] ? [join(env['PGSYSCONFDIR'], 'pg_service.conf')] : [])]
  for (const file of files) {
    const found = serviceIn(await readOrEmpty(file), service)
    if (found) return found
  }
  throw usage(`no service ${service} in ${files.join(' or ')}`)
}

function serviceIn(text: string, service: string): ConnectionParameters | undefined {
  const lines = text.split(/\r?\n/).map((line) => line.trim())
  const start = lines.indexOf(`[${service}]`)
  if (start === -1) return undefined
  const end = lines.findIndex((line, at) => at > start && line.startsWith('['))
  const pairs = lines
    .slice(start + 1, end === -1 ? undefined : end)
    .filter((line) => /^[^#=]+=/.test(line))
    .map((line) => [line.slice(0, line.indexOf('=')).trim(), line.slice(line.indexOf('=') + 1).trim()])
  return Object.fromEntries(pairs) as ConnectionParameters
}

async function readOrEmpty(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw usage(`the service file ${file} cannot be read: ${getErrorMessage(error)}`)
  }
}

function withoutEmpty(parameters: Record<string, string | undefined>): ConnectionParameters {
  return Object.fromEntries(Object.entries(parameters).filter(([, value]) => value)) as ConnectionParameters
}

function decode(text: string | undefined, option: string): string | undefined {
  try {
    return text && decodeURIComponent(text)
  } catch {
    throw usage(`${option} has a % that starts no escape: write %25 for the sign itself`)
  }
}

function usage(message: string): AppError {
  return new AppError('USAGE', message)
}
