import { readServerName } from '#cli/backup/server-name'
import { AppError } from '#platform/errors'

/** Accepts every form that libpq does. @throws AppError USAGE unless the text names a server and a database */
export async function readPostgresUrl(text: string, option: string): Promise<string> {
  const { url, hasDatabase } = await readServerName(text, option, process.env)
  if (hasDatabase) return url
  throw new AppError('USAGE', `${option} must be a URL such as postgres://user:password@host:5432/database`)
}

/** Returns the URL with a role that every session acts as, like SET ROLE. */
export function withRole(databaseUrl: string, role: string | undefined): string {
  if (role === undefined) return databaseUrl
  const url = new URL(databaseUrl)
  const given = url.searchParams.get('options')
  const option = `-c role=${role.replaceAll(/[\\\s]/g, '\\$&')}` // the server splits options at spaces
  url.searchParams.set('options', given === null ? option : `${given} ${option}`)
  return url.href
}
