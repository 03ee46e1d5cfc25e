import { hostname } from 'node:os'
import type { RunWatch } from '#backups/operations/failed-runs'
import type { RunHost } from '#backups/operations/run-record'
import type { Clock } from '#platform/clock'

/** Identifies this process in the record of its run. */
export function getRunHost(): RunHost {
  return { host: hostname(), pid: process.pid }
}

/** Tells which runs of this machine are still alive. */
export function watchRuns(clock: Clock): RunWatch {
  const isAlive = ({ host, pid }: RunHost) => (host === hostname() ? isRunning(pid) : undefined)
  return { now: clock.now(), isAlive }
}

/** Signal 0 only asks whether the process exists. EPERM means that it does, and belongs to another user. */
function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as { code?: string }).code === 'EPERM'
  }
}
