import { openSession } from '#backups/postgres/session'

/**
 * Sessions and prepared transactions that block reading a table, or wait to; holders come first. Query texts are left
 * out, since they may hold secrets.
 */
const HOLDERS = `
  SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) AS "table", l.granted,
    a.pid, a.usename AS "user", a.application_name AS application, a.state,
    coalesce(a.query_start, x.prepared) AS since, x.gid AS prepared, pg_catalog.pg_blocking_pids(a.pid) AS "blockedBy"
  FROM pg_catalog.pg_locks l
  JOIN pg_catalog.pg_class c ON c.oid = l.relation JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
  LEFT JOIN pg_catalog.pg_prepared_xacts x ON l.virtualtransaction = '-1/' || x.transaction::text
  WHERE l.mode = 'AccessExclusiveLock' AND c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_'
    AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
  ORDER BY l.granted DESC, since NULLS LAST, "table"
  LIMIT 3`

interface Holder {
  table: string
  granted: boolean
  pid: number | null
  user: string | null
  application: string | null
  /** Another role's state is visible to privileged roles only. */
  state: string | null
  since: Date | null
  prepared: string | null
  blockedBy: number[] | null
}

/** Describes the lock holders. @throws AppError DATABASE_UNAVAILABLE */
export async function describeLockHolders(databaseUrl: string): Promise<string> {
  const session = await openSession(databaseUrl)
  try {
    const { rows } = await session.query<Holder>(HOLDERS)
    return rows.length === 0 ? 'its holder has released it since' : rows.map(describeHolder).join('; ')
  } finally {
    await session.end()
  }
}

export function describeHolder({ table, granted, pid, prepared, blockedBy, ...about }: Holder): string {
  const since = about.since === null ? [] : [`since ${about.since.toISOString()}`]
  if (prepared !== null) return [`${table} is locked by the prepared transaction ${prepared}`, ...since].join(', ')
  const { user, application, state } = about
  const who = [`user ${user}`, ...(application ? [application] : []), ...(state ? [state] : []), ...since].join(', ')
  if (granted) return `${table} is locked by process ${pid} (${who})`
  const others = blockedBy?.length ? ` behind process ${blockedBy.join(', ')}` : ''
  return `process ${pid} (${who}) waits for ${table}${others}`
}
