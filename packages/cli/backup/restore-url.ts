import { readServerName } from '#cli/backup/server-name'
import { AppError } from '#platform/errors'

/** In any way that libpq takes it. @throws AppError USAGE unless it names a server and a database */
export async function readPostgresUrl(text: string, option: string): Promise<string> {
  const { url, hasDatabase } = await readServerName(text, option, process.env)
  if (hasDatabase) return url
  throw new AppError('USAGE', `${option} must be a URL such as postgres://user:password@host:5432/database`)
}

/** The URL with each of its sessions acting as a role, as SET ROLE has it. */
export function withRole(databaseUrl: string, role: string | undefined): string {
  if (role === undefined) return databaseUrl
  const url = new URL(databaseUrl)
  const given = url.searchParams.get('options')
  const option = `-c role=${role.replaceAll(/[\\\s]/g, '\\$&')}` // as the server splits them
  url.searchParams.set('options', given === null ? option : `${given} ${option}`)
  return url.href
}
