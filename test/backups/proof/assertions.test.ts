import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readAssertions } from '#backups/proof/assertions'

test('a folder of assertions that cannot be read is not one without any', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hunter-assertions-'))
  await writeFile(join(folder, 'assertions'), 'a file in its place')
  await expect(readAssertions(join(folder, 'assertions'))).rejects.toThrow('ENOTDIR')
  await rm(folder, { recursive: true })
})
