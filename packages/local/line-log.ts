/** Appends lines to a log file; a full disk costs log lines and nothing else. */
import { appendFile } from 'node:fs/promises'
import { getErrorMessage } from '#platform/errors'
import { explainSystemError } from '#platform/system-error'
import { formatCount } from '#platform/count-text'

interface LineLog {
  /** Never throws and never blocks. */
  write(line: string): void
  /** Resolves once everything that could be written is written. */
  close(): Promise<void>
}

/** Lines that may wait for the disk. */
const WAITING_MAX = 10_000

export function openLineLog(path: string, onProblem: (message: string) => void): LineLog {
  let waiting: string[] = []
  let lost = 0
  let writing: Promise<void> | undefined

  async function writeAll(): Promise<void> {
    while (waiting.length > 0) {
      const lines = waiting
      waiting = []
      try {
        // starts a new line after one that a full disk cut off
        await appendFile(path, `${lost > 0 ? '\n' : ''}${lines.join('\n')}\n`)
        if (lost > 0) onProblem(`${path} is writable again; ${formatCount(lost, 'line')} missing`)
        lost = 0
      } catch (error) {
        if (lost === 0)
          onProblem(
            `${explainSystemError(error, path)?.message ?? getErrorMessage(error)}: log lines are lost until this is fixed`,
          )
        lost += lines.length
      }
    }
    writing = undefined
  }

  return {
    write(line) {
      if (waiting.length < WAITING_MAX) waiting.push(line)
      else lost += 1
      writing ??= writeAll()
    },
    close: async () => {
      await writing
    },
  }
}
