import { once } from 'node:events'
import { lstat, open, rename, rm } from 'node:fs/promises'
import { AppError } from '#platform/errors'
import { explainSystemError } from '#platform/system-error'
import { exitOnBrokenPipe } from '#cli/terminal'

/** Where a command writes a file: a new file, or the standard output. */
interface Output {
  write: (chunk: Buffer) => Promise<void>
  finish: () => Promise<void>
  discard: () => Promise<void>
}

/** Waits for a slow reader; one that has closed the pipe ends the command. */
export function openOutput(format: 'csv' | 'xlsx' | 'pdf'): Output {
  if (format !== 'csv' && process.stdout.isTTY)
    throw new AppError('USAGE', `name a file: a terminal cannot show ${format}`)
  exitOnBrokenPipe()
  const write = async (chunk: Buffer) => {
    if (!process.stdout.write(chunk)) await once(process.stdout, 'drain')
  }
  return { write, finish: async () => undefined, discard: async () => undefined }
}

/** Writes beside the file and renames at the end, so that a file with this name is whole. @throws AppError FILE_UNUSABLE */
export async function createFile(path: string): Promise<Output> {
  if (path === '') throw new AppError('USAGE', 'the file name is empty')
  if (await exists(path)) throw new AppError('FILE_UNUSABLE', `${path} cannot be used: it already exists`)
  const partial = `${path}.partial`
  const explain = (thrown: unknown): never => {
    throw explainSystemError(thrown, path) ?? thrown
  }
  const handle = await open(partial, 'w').catch(explain)
  return {
    write: (chunk) => handle.writeFile(chunk).catch(explain),
    finish: async () => {
      await handle.close().catch(explain)
      await rename(partial, path).catch(explain)
    },
    discard: async () => {
      await handle.close().catch(() => undefined) // the failure that led here counts
      await rm(partial, { force: true })
    },
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path)
    return true
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw explainSystemError(thrown, path) ?? thrown
  }
}
