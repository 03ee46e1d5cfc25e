import type { CommandDef } from 'citty'
import { vi } from 'vitest'
import { runCli } from '#cli/run'
import type { Finished } from './run-hunter.ts'

/** A command as a user runs it, in this process: a process for each call takes seconds on a busy machine. */
export async function runInProcess(root: CommandDef, args: string[]): Promise<Finished> {
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
