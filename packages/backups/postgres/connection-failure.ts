import { AppError, getErrorMessage } from '#platform/errors'

/** Explanations of a server's refusal or a socket's error, by SQLSTATE or the system's error code. */
const MEANINGS: Record<string, (to: Where) => string> = {
  '28P01': ({ server, user }) => `the server ${server} refuses the password of the user ${user}`,
  '28000': ({ server, user }) => `the server ${server} rejects the user ${user}`,
  '3D000': ({ server, database }) => `the server ${server} has no database ${database}`,
  '0A000': ({ server, database }) =>
    `the server ${server} does not support the sessions that a backup needs in ${database}`,
  '53300': ({ server }) => `the server ${server} has no free connection`,
  '57P03': ({ server }) => `the server ${server} does not accept connections yet`,
  '42501': ({ user }) => `the session of the user ${user} cannot be set up`,
  ECONNREFUSED: ({ server }) => `no server listens at ${server}`,
  ENOENT: ({ server }) => `no server has a socket at ${server}`,
  ENOTFOUND: ({ server }) => `no host has the name ${server}`,
}

interface Where {
  server: string
  user: string
  database: string
}

/** Builds an error that names the server, the user and the database, never the password. */
export function toConnectionFailure(cause: unknown, databaseUrl: string): AppError {
  if (cause instanceof AppError) return cause
  if (!URL.canParse(databaseUrl))
    return new AppError('DATABASE_UNAVAILABLE', `the database's URL cannot be read`, { cause })
  const where = parseWhere(databaseUrl)
  const what = MEANINGS[getErrorCode(cause)]?.(where) ?? `the database does not answer at ${where.server}`
  const words = describeCauses(cause)
  const hint = HINTS.find(([said]) => words.includes(said))?.[1]
  return new AppError('DATABASE_UNAVAILABLE', `${what}: ${words}${hint ? ` (${hint})` : ''}`, { cause })
}

/** Advice by the message of the server or of node-postgres. */
const HINTS: [said: string, hint: string][] = [
  ['no encryption', 'if the server wants TLS, add ?sslmode=require to the URL'],
  ['does not support SSL', 'with ?sslmode=prefer in the URL, or without sslmode, TLS is not required'],
  ['conversion between UTF8', 'its encoding cannot be read as UTF-8: copy the database to one in UTF8, or use pg_dump'],
  ['unsupported startup parameter', 'add it to ignore_startup_parameters in PgBouncer'],
]

/** A host with several addresses fails with an AggregateError that has no message of its own. */
function describeCauses(cause: unknown): string {
  return cause instanceof AggregateError ? cause.errors.map(getErrorMessage).join('; ') : getErrorMessage(cause)
}

export function getErrorCode(error: unknown): string {
  return (error as { code?: string } | null)?.code ?? ''
}

function parseWhere(databaseUrl: string): Where {
  const url = new URL(databaseUrl)
  const host = url.searchParams.get('host') ?? url.hostname
  const port = url.searchParams.get('port') ?? (url.port || '5432')
  const server = host.startsWith('/') ? `${host}/.s.PGSQL.${port}` : `${host}:${port}`
  return { server, user: decodeURIComponent(url.username), database: decodeURIComponent(url.pathname.slice(1)) }
}
