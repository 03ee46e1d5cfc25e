import { readdir, readFile, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

export interface BuiltFile {
  /** Content-Type. */
  type: string
  read(encoding: 'br' | 'gzip' | undefined): Promise<Encoded>
}

interface Encoded {
  bytes: Buffer<ArrayBuffer>
  /** undefined: as it is. */
  encoding: 'br' | 'gzip' | undefined
}

const TYPES: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  html: 'text/html; charset=utf-8',
  ico: 'image/x-icon',
  js: 'text/javascript; charset=utf-8',
  json: 'application/json',
  png: 'image/png',
  svg: 'image/svg+xml',
  txt: 'text/plain; charset=utf-8',
  wasm: 'application/wasm',
  webmanifest: 'application/manifest+json',
  woff2: 'font/woff2',
}
/** Compressed already. */
const PACKED = new Set(['png', 'woff2'])
const UNKNOWN = 'application/octet-stream'

/** Returns the first folder that has a build. */
export async function findBuild(
  folders: readonly URL[],
  index: string,
): Promise<{ folder: string; builtAtMs: number } | undefined> {
  for (const folder of folders.map((url) => fileURLToPath(url))) {
    const built = await stat(join(folder, index)).catch(() => undefined)
    if (built) return { folder, builtAtMs: built.mtimeMs }
  }
  return undefined
}

/** Lists the files below a folder by their paths in a URL: `assets/main-1a2b3c4d.js`. */
export async function listBuiltFiles(folder: string): Promise<Map<string, BuiltFile>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
  return new Map(paths.map((path) => [relative(folder, path).replaceAll('\\', '/'), describeFile(path)]))
}

function describeFile(path: string): BuiltFile {
  const ending = path.slice(path.lastIndexOf('.') + 1)
  const kept = new Map<string | undefined, Promise<Encoded>>()
  const read = (encoding: Encoded['encoding']): Promise<Encoded> => {
    const known = kept.get(encoding)
    if (known) return known
    const reading = encode(path, PACKED.has(ending) ? undefined : encoding)
    kept.set(encoding, reading)
    reading.catch(() => kept.delete(encoding))
    return reading
  }
  return { type: TYPES[ending] ?? UNKNOWN, read }
}

/** Good Brotli: the best takes ten times as long and saves two per cent. */
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }

async function encode(path: string, encoding: Encoded['encoding']): Promise<Encoded> {
  const bytes = await readFile(path)
  if (encoding === 'br') return { bytes: await promisify(brotliCompress)(bytes, BROTLI), encoding }
  if (encoding === 'gzip') return { bytes: await promisify(gzip)(bytes), encoding }
  return { bytes, encoding }
}
