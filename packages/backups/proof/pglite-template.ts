import { cp, lstat, rename } from 'node:fs/promises'
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
 * Provides an unused cluster in `workDir/data`. Making one takes a second or two, copying one a third of a second: the
 * first caller on a machine leaves a template.
 */
export async function createCluster({ tempDir, workDir, signal }: TemplatePlaces): Promise<string> {
  const template = join(tempDir, getTemplateName())
  if (!(await isOurs(template))) await makeTemplate(workDir, template, signal)
  const dataDir = join(workDir, 'data')
  await cp(template, dataDir, { recursive: true })
  return dataDir
}

/** Distrusts a folder that another user created under this name. */
async function isOurs(folder: string): Promise<boolean> {
  const found = await lstat(folder).catch(() => undefined)
  if (!found) return false
  if (found.isDirectory() && found.uid === process.getuid?.()) return true
  throw new Error(`${folder} belongs to another user`)
}

/** Completes the template before naming it. When two processes make one, the first wins. */
async function makeTemplate(workDir: string, template: string, signal?: AbortSignal): Promise<void> {
  const making = join(workDir, 'template')
  const db = await openPgliteProcess({ dataDir: making, archives: [], serverArgs: [], signal })
  await db.close()
  await rename(making, template).catch(async (error: unknown) => {
    if (!(await isOurs(template))) throw error
  })
}

let name: string | undefined

export function getTemplateName(): string {
  return (name ??= `hunter-postgres-${versionOfPglite()}-${process.getuid?.() ?? 'user'}`)
}

/** The package does not export its package.json, which is above its exported file. */
function versionOfPglite(): string {
  const require = createRequire(import.meta.url)
  const entry = require.resolve('@electric-sql/pglite')
  const { version } = require(join(dirname(entry), '..', 'package.json')) as { version: string }
  return version
}
