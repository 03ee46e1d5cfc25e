import { hostname } from 'node:os'
import type { RunWatch } from '#backups/operations/failed-runs'
import type { RunHost } from '#backups/operations/run-record'
import type { Clock } from '#platform/clock'

/** Names this process in the record of its run. */
export function getRunHost(): RunHost {
  return { host: hostname(), pid: process.pid }
}

/** Knows of the processes on this machine. */
export function watchRuns(clock: Clock): RunWatch {
  const isAlive = ({ host, pid }: RunHost) => (host === hostname() ? isRunning(pid) : undefined)
  return { now: clock.now(), isAlive }
}

/** Signal 0 asks whether there is such a process. One that belongs to another user is there, too. */
function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as { code?: string }).code === 'EPERM'
  }
}
