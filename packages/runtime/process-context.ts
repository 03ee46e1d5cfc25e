/** Every function and command starts from this: settings, log and clock. */
import { type Clock, systemClock } from '#platform/clock'
import { createLog, type Log } from '#platform/log'
import { type DatabaseResource, getResource } from '#runtime/resources'
import { readSettings, type Settings } from '#runtime/settings'

export interface ProcessContext {
  settings: Settings
  log: Log
  clock: Clock
}

/** `service` names the function or command in every log line. */
export function getProcessContext(service: string): ProcessContext {
  const settings = readSettings(process.env)
  return { settings, log: createLog(service, settings.HUNTER_LOG_LEVEL), clock: systemClock }
}

/** Returns the database's URL for node-postgres: the setting first, else the linked database. */
export function getDatabaseUrl(settings: Settings): string {
  if (settings.HUNTER_DATABASE_URL) return settings.HUNTER_DATABASE_URL
  return buildPostgresUrl(getResource('Database'))
}

/** Writes a linked server as a URL for node-postgres. */
export function buildPostgresUrl({ host, port, username, password, database }: DatabaseResource): string {
  const url = new URL(`postgres://${host}:${port}`)
  url.username = encodeURIComponent(username)
  url.password = encodeURIComponent(password)
  url.pathname = `/${encodeURIComponent(database)}`
  return url.href
}
