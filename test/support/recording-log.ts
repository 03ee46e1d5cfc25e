import type { Log } from '#platform/log'

export interface LogLine {
  level: 'debug' | 'info' | 'warn' | 'error'
  event: string
  fields: Record<string, unknown>
}

/** Keeps what was logged, the fields of `with` included. */
export function recordingLog(lines: LogLine[] = [], base: Record<string, unknown> = {}): Log & { lines: LogLine[] } {
  const write =
    (level: LogLine['level']) =>
    (event: string, fields: Record<string, unknown> = {}) =>
      void lines.push({ level, event, fields: { ...base, ...fields } })
  return {
    lines,
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    with: (fields) => recordingLog(lines, { ...base, ...fields }),
  }
}
