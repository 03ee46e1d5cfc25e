import { lstat, rename } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { openPgliteProcess } from '#backups/wasm/pglite-process'

export interface TemplatePlaces {
  /** Folder of the template, which later calls of the same user reuse. */
  tempDir: string
  /** The caller's own folder: removing it leaves nothing unfinished behind. */
  workDir: string
  signal?: AbortSignal | undefined
}

/**
 * Returns the folder of an unused cluster, for the embedded Postgres to copy. Making one takes seconds, copying one a
 * twentieth of a second: the first caller on a machine leaves a template.
 */
export async function provideTemplate({ tempDir, workDir, signal }: TemplatePlaces): Promise<string> {
  const template = join(tempDir, getTemplateName())
  if (!(await isOurs(template))) await makeTemplate(workDir, template, signal)
  return template
}

/** Distrusts a folder that another user created under this name. */
async function isOurs(folder: string): Promise<boolean> {
  const found = await lstat(folder).catch(() => undefined)
  if (!found) return false
  if (found.isDirectory() && found.uid === process.getuid?.()) return true
  throw new Error(`${folder} belongs to another user`)
}

/** Two of the three databases, which a single session never opens: two thirds of the files. */
const DROP_UNUSED = [
  'UPDATE pg_catalog.pg_database SET datistemplate = false WHERE datname <> current_database()',
  'DROP DATABASE template0',
  'DROP DATABASE template1',
]

/** Completes the template before naming it. When two processes make one, the first wins. */
async function makeTemplate(workDir: string, template: string, signal?: AbortSignal): Promise<void> {
  const making = join(workDir, 'template')
  const db = await openPgliteProcess({ dataDir: making, archives: [], serverArgs: [], signal })
  for (const sql of DROP_UNUSED) await db.query(sql)
  await db.close()
  await rename(making, template).catch(async (error: unknown) => {
    if (!(await isOurs(template))) throw error
  })
}

let name: string | undefined

export function getTemplateName(): string {
  return (name ??= `hunter-cluster-${versionOfPglite()}-${process.getuid?.() ?? 'user'}`)
}

/** The package does not export its package.json, which is above its exported file. */
function versionOfPglite(): string {
  const require = createRequire(import.meta.url)
  const entry = require.resolve('@electric-sql/pglite')
  const { version } = require(join(dirname(entry), '..', 'package.json')) as { version: string }
  return version
}
