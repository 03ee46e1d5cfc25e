import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createFileStore } from '#backups/store/file-store'
import { makeFolders } from '#backups/store/make-folders'

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hunter-folders-'))
  await writeFile(join(dir, 'file'), '')
})
afterAll(() => rm(dir, { recursive: true, force: true }))

test('creates a folder and its parents, even if several callers do so at the same time', async () => {
  const path = join(dir, 'a/b/c')
  await Promise.all([1, 2, 3, 4].map(() => makeFolders(path, 0o700)))
  await makeFolders(path)
  expect((await stat(path)).mode & 0o777).toBe(0o700)
})

/** Places where no folder can be made; each call must end. */
const PLACES: [where: string, path: () => string, code: RegExp][] = [
  ['below /proc', () => '/proc/x', /ENOENT|EACCES/],
  ['deep below /proc', () => '/proc/1/x/y', /ENOENT|EACCES/],
  ['below a device', () => '/dev/null/x', /ENOTDIR/],
  ['at a file', () => join(dir, 'file'), /EEXIST/],
  ['below a file', () => join(dir, 'file/x/y'), /ENOTDIR/],
  ['in a name with a NUL', () => `${dir}/a\0b`, /ERR_INVALID_ARG_VALUE/],
]

describe.runIf(process.platform === 'linux')('fails', () => {
  test.each(PLACES)('%s', async (_where, path, code) => {
    await expect(makeFolders(path())).rejects.toMatchObject({ code: expect.stringMatching(code) })
  })

  test.each(PLACES.slice(0, -1))('as a store for backups %s', async (_where, path) => {
    const store = createFileStore({ dir: path(), randomHex: () => 'aa' })
    await expect(store.putJson('shop/manifest.json', {})).rejects.toMatchObject({
      code: 'STORAGE_UNAVAILABLE',
      message: expect.stringContaining(path()),
    })
  })

  test.runIf(process.getuid?.() !== 0)('as a store that is not writable', async () => {
    await chmod(dir, 0o500)
    const store = createFileStore({ dir: join(dir, 'x'), randomHex: () => 'aa' })
    await expect(store.putJson('shop/manifest.json', {})).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
    await chmod(dir, 0o700)
    expect(await readdir(dir)).not.toContain('x')
  })
})
