/** Builds the page into `packages/web/dist` when that is older than its sources. */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import type { Rolldown } from 'vite'

const ROOT = join(import.meta.dirname, '..', '..')
const WEB = join(ROOT, 'packages', 'web')
const DIST = join(WEB, 'dist')
const INDEX = 'index.html'
/** Other packages give the page types, which change no build. */
const SOURCES = [WEB, join(ROOT, 'packages', 'client')]

function isStale(): boolean {
  const builtAtMs = findChangeMs(join(DIST, INDEX))
  const sources = SOURCES.flatMap((folder) => listFiles(folder).filter((path) => !path.startsWith(`${DIST}/`)))
  const files = [...sources, join(ROOT, 'package-lock.json'), import.meta.filename]
  return files.some((path) => findChangeMs(path) > builtAtMs)
}

function listFiles(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
}

/** 0: there is no such file, or there was one a moment ago. */
function findChangeMs(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
}

/**
 * Writes index.html last, as the commit record: a build that is ended half-way leaves the old page in place. Names have a
 * hash of the contents, so two builds at once write the same files.
 */
async function build(): Promise<void> {
  const vite = await import('vite')
  const config = { configFile: join(WEB, 'vite.config.ts'), logLevel: 'warn', build: { write: false } } as const
  const { output } = (await vite.build(config)) as Rolldown.RolldownOutput
  const files = new Map(output.map((file) => [file.fileName, file.type === 'chunk' ? file.code : file.source]))
  const before = existsSync(DIST) ? listFiles(DIST) : []
  for (const [name, content] of files) if (name !== INDEX) await write(name, content)
  await write(INDEX, files.get(INDEX) ?? '')
  for (const path of before) if (!files.has(relative(DIST, path))) await rm(path, { force: true })
}

async function write(name: string, content: string | Uint8Array): Promise<void> {
  const path = join(DIST, name)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(`${path}.${process.pid}`, content)
  await rename(`${path}.${process.pid}`, path)
}

if (isStale()) await build()
