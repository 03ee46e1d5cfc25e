/** What every function and command starts from, made once per process. */
import { type Clock, systemClock } from '#platform/clock'
import { createLog, type Log } from '#platform/log'
import { type DatabaseResource, resource } from '#runtime/resources'
import { readSettings, type Settings } from '#runtime/settings'

export interface Base {
  settings: Settings
  log: Log
  clock: Clock
}

let base: Base | undefined

/** `service` names the function or command in every log line. */
export function baseOf(service: string): Base {
  if (base) return base
  const settings = readSettings(process.env)
  base = { settings, log: createLog(service, settings.HUNTER_LOG_LEVEL), clock: systemClock }
  return base
}

/** The database as node-postgres takes it: the setting first, else what the infrastructure links. */
export function databaseUrl(settings: Settings): string {
  if (settings.HUNTER_DATABASE_URL) return settings.HUNTER_DATABASE_URL
  return urlOf(resource('Database'))
}

/** A server that is linked, as node-postgres takes it. */
export function urlOf({ host, port, username, password, database }: DatabaseResource): string {
  const url = new URL(`postgres://${host}:${port}`)
  url.username = encodeURIComponent(username)
  url.password = encodeURIComponent(password)
  url.pathname = `/${encodeURIComponent(database)}`
  return url.href
}
