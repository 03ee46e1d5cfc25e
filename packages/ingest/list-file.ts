/** Keeps a list as a file while it is read: readers go through a list twice, and through a workbook in any order. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export async function withListFile<T>(
  { tempDir, content }: { tempDir: string; content: Uint8Array | AsyncIterable<Uint8Array> },
  work: (path: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tempDir, 'hunter-list-'))
  try {
    const path = join(folder, 'list')
    await writeFile(path, content)
    return await work(path)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
