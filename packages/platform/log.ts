import { Logger } from '@aws-lambda-powertools/logger'
import type { LogLevel as PowertoolsLevel } from '@aws-lambda-powertools/logger/types'
import { hideQueries } from '#platform/errors'

/** One structured event per request, message or run. Fields are facts, never secrets and never whole bodies. */
export interface Log {
  debug(event: string, fields?: Record<string, unknown>): void
  info(event: string, fields?: Record<string, unknown>): void
  warn(event: string, fields?: Record<string, unknown>): void
  error(event: string, fields?: Record<string, unknown>): void
  /** A log whose every line carries `fields` too. */
  with(fields: Record<string, unknown>): Log
}

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const
type LogLevel = (typeof LOG_LEVELS)[number]

/** JSON lines on standard output, in the shape that CloudWatch Logs Insights reads. */
export function createLog(service: string, level: LogLevel): Log {
  return wrap(new Logger({ serviceName: service, logLevel: level.toUpperCase() as PowertoolsLevel }))
}

/** Adds `all` to every line itself: a child logger would open another console for each request. */
function wrap(logger: Logger, all: Record<string, unknown> = {}): Log {
  return {
    debug: (event, fields) => logger.debug(event, { ...all, ...prepare(fields) }),
    info: (event, fields) => logger.info(event, { ...all, ...prepare(fields) }),
    warn: (event, fields) => logger.warn(event, { ...all, ...prepare(fields) }),
    error: (event, fields) => logger.error(event, { ...all, ...prepare(fields) }),
    with: (fields) => wrap(logger, { ...all, ...fields }),
  }
}

function prepare({ error, ...fields }: Record<string, unknown> = {}): Record<string, unknown> {
  return error === undefined ? fields : { ...fields, error: hideQueries(error) }
}

export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  with: () => silentLog,
}
