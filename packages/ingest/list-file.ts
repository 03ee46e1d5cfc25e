/** A place for a list while it is read: readers go through a list twice, and through a workbook in any order. */
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'

export async function withListFile<T>(tempDir: string, work: (path: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tempDir, 'hunter-list-'))
  try {
    return await work(join(folder, 'list'))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
