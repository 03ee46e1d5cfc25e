/** Answers with the files of a built page, compressed once, from memory. */
import { createHash } from 'node:crypto'
import type { Context } from 'hono'
import type { ApiEnv } from '#api/http/context'
import { type BuiltFile, findBuild, listBuiltFiles } from '#api/page/built-files'
import { matchesEtag } from '#api/http/etag'
import { AppError } from '#platform/errors'

/** Nothing but the page's own files, and no text that becomes a script. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')

const BASE = '/app/'
const INDEX = 'index.html'
/** Vite names these files for their contents, so a name never changes what it means. */
const HASHED = 'assets/'

interface Build {
  /** Changes with each build: another deployment, or a developer's next build. */
  builtAtMs: number
  files: ReadonlyMap<string, BuiltFile>
}

export function createPageServer(folders: readonly URL[]): (c: Context<ApiEnv>) => Promise<Response> {
  let build: Build | undefined
  const load = async (): Promise<Build> => {
    const found = await findBuild(folders, INDEX)
    if (!found)
      throw new AppError('PAGE_NOT_BUILT', 'this installation has no built page: "npm run build:web" makes one')
    if (build?.builtAtMs !== found.builtAtMs) build = { ...found, files: await listBuiltFiles(found.folder) }
    return build
  }
  return async (c) => {
    const { files } = await load()
    const name = decodeURIComponent(c.req.path.slice(BASE.length))
    // only a listed name is read, so no path leads out of the folder
    const file = files.get(name) ?? (name.startsWith(HASHED) ? undefined : files.get(INDEX))
    if (!file) throw new AppError('ROUTE_NOT_FOUND', 'the page has no such file')
    return answer(c, file, name.startsWith(HASHED))
  }
}

/** An address of a view gives index.html, which shows the view. */
async function answer(c: Context<ApiEnv>, file: BuiltFile, isHashed: boolean): Promise<Response> {
  const { bytes, encoding } = await file.read(chooseEncoding(c.req.header('Accept-Encoding')))
  const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`
  c.header('Content-Security-Policy', POLICY)
  c.header('Cache-Control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache')
  c.header('ETag', etag)
  c.header('Vary', 'Accept-Encoding', { append: true })
  if (matchesEtag(c.req.header('If-None-Match'), `W/${etag}`)) return c.body(null, 304)
  if (encoding) c.header('Content-Encoding', encoding)
  return c.body(bytes, 200, { 'Content-Type': file.type, 'Content-Length': String(bytes.length) })
}

/** A browser that takes Brotli also takes gzip, and names both without a weight. */
function chooseEncoding(accepted = ''): 'br' | 'gzip' | undefined {
  const names = accepted.split(',').map((part) => part.trim().toLowerCase())
  const takes = (name: string) =>
    names.some((part) => part === name || (part.startsWith(`${name};`) && !/q=0(?:\.0*)?$/.test(part)))
  return takes('br') ? 'br' : takes('gzip') ? 'gzip' : undefined
}
