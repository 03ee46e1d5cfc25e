/** Writes files atomically: after a crash a file is the old one or the new one. */
import { randomUUID } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'

const TEMPORARY = '.tmp'

export async function writeJson(path: string, value: unknown): Promise<void> {
  const temporary = `${path}.${randomUUID()}${TEMPORARY}`
  const handle = await open(temporary, 'wx')
  try {
    try {
      await handle.writeFile(JSON.stringify(value))
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true }) // A full disk needs the room.
    throw error
  }
  await syncFolder(dirname(path))
}

export async function removeFile(path: string): Promise<void> {
  await rm(path, { force: true })
  await syncFolder(dirname(path))
}

/** Reads every JSON file of a folder that `writeJson` finished, and removes unfinished ones. */
export async function readAllJson(folder: string): Promise<{ path: string; value: unknown }[]> {
  await makeFolder(folder)
  const found: { path: string; value: unknown }[] = []
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    if (name.endsWith(TEMPORARY)) await rm(path)
    else found.push({ path, value: JSON.parse(await readFile(path, 'utf8')) })
  }
  return found
}

export async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
}

/** Makes added and removed names of a folder durable. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

export async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
