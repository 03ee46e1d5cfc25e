import { cp, lstat, rename } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { openPgliteProcess } from '#backups/wasm/pglite-process'

export interface TemplatePlaces {
  /** Where the template stays, for every later call of the same user. */
  tempDir: string
  /** The caller's own folder: whoever removes it leaves nothing half-made behind. */
  workDir: string
  signal?: AbortSignal | undefined
}

/**
 * A cluster that was never used, in `workDir/data`. Making one takes a second or two, copying one a third of a second:
 * the first caller on a machine leaves a template.
 */
export async function newCluster({ tempDir, workDir, signal }: TemplatePlaces): Promise<string> {
  const template = join(tempDir, templateName())
  if (!(await isOurs(template))) await makeTemplate(workDir, template, signal)
  const dataDir = join(workDir, 'data')
  await cp(template, dataDir, { recursive: true })
  return dataDir
}

/** A folder that somebody else put under this name is not believed. */
async function isOurs(folder: string): Promise<boolean> {
  const found = await lstat(folder).catch(() => undefined)
  if (!found) return false
  if (found.isDirectory() && found.uid === process.getuid?.()) return true
  throw new Error(`${folder} belongs to somebody else`)
}

/** Complete before it has its name. Of two that make one at the same time, the first wins. */
async function makeTemplate(workDir: string, template: string, signal?: AbortSignal): Promise<void> {
  const making = join(workDir, 'template')
  const db = await openPgliteProcess({ dataDir: making, archives: [], serverArgs: [], signal })
  await db.close()
  await rename(making, template).catch(async (error: unknown) => {
    if (!(await isOurs(template))) throw error
  })
}

let name: string | undefined

export function templateName(): string {
  return (name ??= `hunter-postgres-${versionOfPglite()}-${process.getuid?.() ?? 'user'}`)
}

/** The package exports no package.json: it lies above what it exports. */
function versionOfPglite(): string {
  const require = createRequire(import.meta.url)
  const entry = require.resolve('@electric-sql/pglite')
  const { version } = require(join(dirname(entry), '..', 'package.json')) as { version: string }
  return version
}
