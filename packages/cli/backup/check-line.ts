/** One line for monitors of the Nagios family: a verdict, a text, and the figures after a bar. */
import type { Check, CheckLimits } from '#backups/operations/check-backups'

export function formatCheckLine(checks: readonly Check[], limits: CheckLimits): string {
  const failed = checks.filter(({ passed }) => !passed)
  const verdict = failed.length === 0 ? 'BACKUP OK' : 'BACKUP CRITICAL'
  const said = [...failed, ...checks.filter(({ passed }) => passed)]
    .map((check) => formatCheck(check, limits))
    .join('; ')
  const figures = checks.flatMap((check) => formatFigures(check, limits)).join(' ')
  return `${verdict} - ${said.replaceAll(/[\n|]/g, ' ')}${figures === '' ? '' : ` | ${figures}`}`
}

function formatCheck(check: Check, { maxAgeMs }: CheckLimits): string {
  const { source, id, level, ageMs, reason, failedRun } = check
  const newest = id && ageMs !== undefined ? `${id}, level ${level}, ${hours(ageMs)} old, limit ${hours(maxAgeMs)}` : ''
  const run = failedRun && `its last run failed (${[failedRun.code, failedRun.reason].filter(Boolean).join(': ')})`
  return `${source}: ${[reason, newest, run].filter(Boolean).join(', ')}`
}

/** Writes `'label'=value;warning;critical;minimum`. Only a source with a proven backup has an age. */
function formatFigures({ source, level, ageMs }: Check, { maxAgeMs, minLevel }: CheckLimits): string[] {
  if (ageMs === undefined) return []
  const age = `'${source} age'=${Math.round(ageMs / 1000)}s;;${Math.round(maxAgeMs / 1000)};0`
  return [age, `'${source} level'=${level};;${minLevel}:;0;5`]
}

function hours(ms: number): string {
  return `${(ms / 3_600_000).toFixed(1)} h`
}
