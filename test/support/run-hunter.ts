import { execFile } from 'node:child_process'
import { join } from 'node:path'

export const MAIN = join(import.meta.dirname, '../../packages/cli/main.ts')

export interface Finished {
  status: number
  out: string
  err: string
}

/**
 * The command as a user runs it, in a process of its own, with this environment alone. How far it is would be written on a
 * slow machine and not on a quick one, so it is off.
 */
export function runHunter(env: Record<string, string>, ...argv: string[]): Promise<Finished> {
  const options = { env: { PATH: process.env['PATH'] ?? '', NO_COLOR: '1', TZ: 'UTC', HUNTER_PROGRESS: 'off', ...env } }
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...argv], options, (error, out, err) => {
      resolve({ status: typeof error?.code === 'number' ? error.code : 0, out, err })
    })
  })
}
