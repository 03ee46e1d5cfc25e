import type { ReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { AppError } from '#platform/errors'
import { explainSystemError } from '#platform/system-error'

export interface OpenedFile {
  stream: ReadStream
  sizeBytes: number
}

/** Opens a file that the user named, before any other work begins. @throws AppError FILE_UNUSABLE */
export async function openFile(path: string): Promise<OpenedFile> {
  if (path === '') throw new AppError('USAGE', 'the file name is empty')
  try {
    const file = await open(path)
    const found = await file.stat()
    if (!found.isDirectory()) return { stream: file.createReadStream(), sizeBytes: found.size }
    await file.close()
  } catch (thrown) {
    throw explainSystemError(thrown, path) ?? thrown
  }
  throw new AppError('FILE_UNUSABLE', `${path} cannot be used: it is a folder`)
}
