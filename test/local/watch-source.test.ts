import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { watchSource } from '#local/watch-source'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hunter-watch-'))
  await mkdir(join(dir, 'room'))
})
afterEach(() => rm(dir, { recursive: true, force: true }))

it('reports files that change together once, from any folder, and ignores temporary files of editors', async () => {
  const told = Promise.withResolvers<string[]>()
  const watching = watchSource([dir], async (files) => told.resolve(files))
  for (const name of ['b.ts', '.b.ts.swp', 'b.ts~', 'room/a.ts']) await writeFile(join(dir, name), '')
  expect((await told.promise).map((file) => basename(file)).toSorted()).toEqual(['a.ts', 'b.ts'])
  watching.stop()
})
