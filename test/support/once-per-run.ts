import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inject } from 'vitest'
import { withFileLock } from './file-lock.ts'

const LIMIT_MS = 580_000

/**
 * Makes what several test files need once in a run of the suite: the first file that asks makes it, in a folder that lasts
 * until the end of the run, and all get the same JSON.
 */
export async function makeOncePerRun<T>(name: string, make: (dir: string) => Promise<T>): Promise<T> {
  const dir = join(inject('runFolder'), name)
  const result = join(dir, 'result.json')
  const read = () => readFile(result, 'utf8').catch(() => undefined)
  if ((await read()) === undefined) {
    await mkdir(dir, { recursive: true })
    await withFileLock(join(dir, 'lock'), LIMIT_MS, async () => {
      if ((await read()) === undefined) await writeFile(result, JSON.stringify(await make(dir)))
    })
  }
  return JSON.parse(await readFile(result, 'utf8')) as T
}
