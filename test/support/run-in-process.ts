import type { CommandDef } from 'citty'
import { vi } from 'vitest'
import { rootCommand } from '#cli/root'
import { runCli } from '#cli/run'
import { stubEnvironment } from './environment.ts'
import type { Finished } from './run-hunter.ts'

/**
 * `runHunter` without the process of its own, which takes seconds on a busy machine. A test file has one such environment,
 * and calls `runHunter` for others.
 */
export function hunterInProcess(env: Record<string, string>): (...argv: string[]) => Promise<Finished> {
  const own = { NO_COLOR: '1', TZ: 'UTC', HUNTER_PROGRESS: 'off', ...env }
  stubEnvironment(own)
  return (...argv) => runInProcess(rootCommand, argv)
}

/** A command as a user runs it, in this process. */
export async function runInProcess(root: CommandDef, args: string[]): Promise<Finished> {
  process.env['HUNTER_PROGRESS'] ??= 'off' // only a slow machine would write how far it is
  let out = ''
  let err = ''
  const stdout = vi.spyOn(process.stdout, 'write').mockImplementation((text) => Boolean((out += String(text))))
  const stderr = vi.spyOn(process.stderr, 'write').mockImplementation((text) => Boolean((err += String(text))))
  try {
    const terminal = { out: (text: string) => (out += `${text}\n`), err: (text: string) => (err += `${text}\n`) }
    const status = await runCli(root, args, terminal)
    return { status, out, err }
  } finally {
    stdout.mockRestore()
    stderr.mockRestore()
  }
}
