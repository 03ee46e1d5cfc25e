import type { Dirent } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { isAbsolute, join, relative, resolve, sep } from 'node:path'
import { getErrorMessage } from '#platform/errors'

/** A file to back up, not yet encrypted. */
export interface ConfigFile {
  /** Name in the archive: a relative path with slashes. */
  name: string
  contents: Buffer
  /** True: always treated as secret. */
  isSecret?: boolean
}

export interface ConfigFiles {
  files: ConfigFile[]
  /** Named files and folders that are missing here, each with its reason. */
  warnings: string[]
}

/** Limit that catches a folder named by mistake: settings are small. */
const CONFIG_BYTES_MAX = 16 * 1024 * 1024

/** Reads files and whole folders. A file that cannot be read becomes a warning and does not stop the others. */
export async function readConfigFiles({ cwd }: { cwd: string }, named: string[]): Promise<ConfigFiles> {
  const found = new Map<string, ConfigFile>()
  const warnings: string[] = []
  let bytes = 0
  for (const name of named) {
    const paths = await listPaths(resolve(cwd, name), warnings).catch((error: unknown) => {
      warnings.push(isMissing(error) ? `${name} does not exist` : `${name} cannot be read: ${getErrorMessage(error)}`)
      return []
    })
    for (const path of paths) {
      const archived = archiveName(cwd, path)
      if (found.has(archived)) continue
      const contents = await readWithin(path, CONFIG_BYTES_MAX - bytes).catch((error: unknown) =>
        getErrorMessage(error),
      )
      if (typeof contents === 'string') warnings.push(`${archived} was left out: ${contents}`)
      else {
        bytes += contents.length
        found.set(archived, { name: archived, contents })
      }
    }
  }
  return { files: [...found.values()], warnings }
}

/** Follows a link that the user named. Skips links inside a folder, since they may lead anywhere. */
async function listPaths(path: string, warnings: string[]): Promise<string[]> {
  const found = await stat(path)
  if (found.isFile()) return [path]
  if (!found.isDirectory()) throw new Error('it is neither a file nor a folder')
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  for (const entry of entries) {
    if (!entry.isFile() && !entry.isDirectory())
      warnings.push(`${joinPath(entry)} was left out: it is a link or a device`)
  }
  return entries
    .filter((entry) => entry.isFile())
    .map(joinPath)
    .sort()
}

function joinPath(entry: Dirent): string {
  return join(entry.parentPath, entry.name)
}

async function readWithin(path: string, bytesMax: number): Promise<Buffer> {
  const { size } = await stat(path)
  if (size > bytesMax)
    throw new Error(`the settings are too large: all files together may have ${CONFIG_BYTES_MAX} bytes`)
  return readFile(path)
}

/** Path relative to the working folder. A file outside of it keeps its whole path without the first slash. */
function archiveName(cwd: string, path: string): string {
  const near = relative(cwd, path)
  const isOutside = near.startsWith('..') || isAbsolute(near)
  return (isOutside ? path.replace(/^(?:[a-z]:)?[\\/]+/i, '') : near).split(sep).join('/')
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
