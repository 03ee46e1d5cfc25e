import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { EMBEDDED_EXTENSIONS, loadExtensions, missingExtensions } from '#backups/pglite-extensions'
import { openPgliteTarget } from '#backups/pglite-target'

test('every extension that a proof counts on can be created in the embedded Postgres', async () => {
  const workDir = await mkdtemp(join(tmpdir(), 'hunter-extensions-'))
  const target = await openPgliteTarget({ tempDir: tmpdir(), workDir, extensions: EMBEDDED_EXTENSIONS })
  try {
    for (const name of EMBEDDED_EXTENSIONS) await target.execute(`CREATE EXTENSION "${name}" SCHEMA public`)
    const made = await target.query<{ extname: string }>(`SELECT extname FROM pg_extension WHERE extname <> 'plpgsql'`)
    expect(made.map(({ extname }) => extname).sort()).toEqual(EMBEDDED_EXTENSIONS.toSorted())
  } finally {
    await target.close()
    await rm(workDir, { recursive: true, force: true })
  }
})

test('any other is named, also one that is called like something every object has', async () => {
  const names = ['hstore', 'postgis', 'constructor']
  expect(missingExtensions(names)).toEqual(['postgis', 'constructor'])
  await expect(loadExtensions(names)).rejects.toMatchObject({
    code: 'BACKUP_UNSUPPORTED',
    message: expect.stringContaining('no extension postgis, constructor'),
  })
})
