import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createFolderRemover } from '#backups/retention/remover'

test('a store that cannot be cleaned up is named, and keeps everything', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'hunter-remover-'))
  await writeFile(join(dir, 'shop'), 'a file where a folder should be')
  await expect(createFolderRemover(dir).remove('shop/2026/11/dump.sql.gz')).rejects.toMatchObject({
    code: 'STORAGE_UNAVAILABLE',
    message: expect.stringMatching(`^${dir} cannot be cleaned up: .*ENOTDIR`),
  })
  expect(await readFile(join(dir, 'shop'), 'utf8')).toBe('a file where a folder should be')
  await rm(dir, { recursive: true })
})
