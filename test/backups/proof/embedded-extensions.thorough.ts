import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { ARCHIVES, loadExtensions, findMissingExtensions } from '#backups/proof/pglite-extensions'
import { openPgliteTarget } from '#backups/proof/pglite-target'

const EMBEDDED_EXTENSIONS = Object.keys(ARCHIVES)

test('the embedded Postgres can create every extension on the list', async () => {
  const workDir = await mkdtemp(join(tmpdir(), 'hunter-extensions-'))
  const target = await openPgliteTarget({ tempDir: tmpdir(), workDir, extensions: EMBEDDED_EXTENSIONS })
  try {
    for (const name of EMBEDDED_EXTENSIONS) {
      await target.execute(`CREATE EXTENSION IF NOT EXISTS "${name}" SCHEMA public CASCADE`)
    }
    const made = await target.query<{ extname: string }>(`SELECT extname FROM pg_extension WHERE extname <> 'plpgsql'`)
    expect(made.map(({ extname }) => extname).sort()).toEqual(EMBEDDED_EXTENSIONS.toSorted())
    expect(await target.query('SELECT count(*) > 0 AS counts FROM public.pg_stat_statements')).toEqual([
      { counts: true },
    ])
  } finally {
    await target.close()
    await rm(workDir, { recursive: true, force: true })
  }
})

test('the list contains every extension that the package ships', () => {
  const dist = dirname(createRequire(import.meta.url).resolve('@electric-sql/pglite'))
  const found = readdirSync(dist)
    .filter((file) => file.endsWith('.tar.gz'))
    .flatMap((file) => extensionsIn(join(dist, file)))
  expect(found.length).toBeGreaterThan(0)
  expect(findMissingExtensions(found.map(({ name }) => name))).toEqual([])
  for (const { name, archive } of found) expect(loadExtensions([name]).archives).toEqual([archive])
  expect(EMBEDDED_EXTENSIONS.toSorted()).toEqual(found.map(({ name }) => name).sort())
})

/** Modules such as auto_explain have no control file: neither CREATE EXTENSION nor a dump knows them. */
function extensionsIn(path: string): { name: string; archive: string }[] {
  const files = execFileSync('tar', ['tzf', path], { encoding: 'utf8' }).split('\n')
  return files
    .filter((file) => file.endsWith('.control'))
    .map((file) => ({ name: basename(file, '.control'), archive: basename(path, '.tar.gz') }))
}

test('any other extension is named, even one with a name such as constructor', () => {
  expect(findMissingExtensions(['hstore', 'postgis', 'constructor'])).toEqual(['postgis', 'constructor'])
})
