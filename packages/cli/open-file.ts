import { createWriteStream, type ReadStream } from 'node:fs'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { AppError } from '#platform/errors'
import { explainSystemError } from '#platform/system-error'

interface OpenedFile {
  stream: ReadStream
  /** False for a pipe, which can be read once. */
  isRegular: boolean
}

/** Opens a file that the user named, before any other work begins. @throws AppError FILE_UNUSABLE */
export async function openFile(path: string): Promise<OpenedFile> {
  if (path === '') throw new AppError('USAGE', 'the file name is empty')
  try {
    const file = await open(path)
    const found = await file.stat()
    if (!found.isDirectory()) return { stream: file.createReadStream(), isRegular: found.isFile() }
    await file.close()
  } catch (thrown) {
    throw explainSystemError(thrown, path) ?? thrown
  }
  throw new AppError('FILE_UNUSABLE', `${path} cannot be used: it is a folder`)
}

/** Runs the work on a file that can be read twice: a pipe becomes a temporary file first. @throws AppError FILE_UNUSABLE */
export async function withRegularFile<T>(path: string, work: (path: string) => Promise<T>): Promise<T> {
  const { stream, isRegular } = await openFile(path)
  if (isRegular) {
    stream.destroy()
    return work(path)
  }
  const folder = await mkdtemp(join(tmpdir(), 'hunter-file-'))
  try {
    const copy = join(folder, 'copy')
    await pipeline(stream, createWriteStream(copy, { mode: 0o600 }))
    return await work(copy)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
