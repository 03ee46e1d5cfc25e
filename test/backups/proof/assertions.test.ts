import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readAssertions } from '#backups/proof/assertions'

test('an unreadable folder of assertions is an error, not an empty folder', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hunter-assertions-'))
  await writeFile(join(folder, 'assertions'), 'a file in its place')
  await expect(readAssertions(join(folder, 'assertions'))).rejects.toThrow('ENOTDIR')
  await rm(folder, { recursive: true })
})
