/** Builds a Lambda bundle with the options of SST's builder (esbuild of the same version, same banner and targets). */
import { build, type BuildOptions, type Metafile } from 'esbuild'
import { createCipheriv } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'

export interface BuildInput {
  functionID: string
  /** File without its ending, a dot, and the export. */
  handler: string
  runtime: string
  /** Base64 of the key that seals `resource.enc`. */
  encryptionKey: string
  links: Record<string, Record<string, unknown>>
  copyFiles: { from: string; to: string }[]
  properties: {
    minify?: boolean
    splitting?: boolean
    architecture: string
    install?: Record<string, string>
    esbuild?: { sourcemap?: boolean; external?: string[] }
  }
}

export interface BuiltFunction {
  /** As Lambda is told: `bundle.<export>`. */
  handler: string
  dir: string
  errors: string[]
  sourcemaps: string[]
  /** What a cold start reads: the bundle and the chunks that it imports at once. */
  startBytes: number
  /** Bytes of it by package (`zod`, or `#api` for ours), largest first. */
  startParts: Record<string, number>
  /** Size including the modules that are imported on demand. */
  totalBytes: number
  exports: string[]
  /** What it was built from, to build it again. */
  input: BuildInput
}

const BANNER = [
  `import { createRequire as topLevelCreateRequire } from 'module';`,
  `const require = topLevelCreateRequire(import.meta.url);`,
  `import { fileURLToPath as topLevelFileUrlToPath, URL as topLevelURL } from "url"`,
  `const __filename = topLevelFileUrlToPath(import.meta.url)`,
  `const __dirname = topLevelFileUrlToPath(new topLevelURL(".", import.meta.url))`,
  '',
].join('\n')

const TARGETS: Record<string, string> = { 'nodejs24.x': 'es2024' }
const ENDINGS = ['.ts', '.tsx', '.mts', '.cts', '.js', '.jsx', '.mjs', '.cjs']

export interface BuildPlaces {
  root: string
  work: string
  withBundles: boolean
}

/** @throws Error as SST says it when the handler has no file */
export async function buildFunction(
  { root, work, withBundles }: BuildPlaces,
  input: BuildInput,
): Promise<BuiltFunction> {
  const { dir: folder, name, ext } = path.parse(input.handler)
  const file = ENDINGS.map((ending) => path.join(root, folder, name + ending)).find((candidate) =>
    existsSync(candidate),
  )
  if (!file) throw new Error(`Handler not found: ${input.handler}`)
  const dir = path.join(work, 'artifacts', `${input.functionID}-src`)
  await mkdir(dir, { recursive: true })
  await sealLinks(dir, input)
  const bundle = withBundles ? await bundleFile(file, dir, input) : await writeEmptyBundle(dir)
  return { handler: `bundle${ext}`, dir, errors: [], ...bundle, input }
}

async function bundleFile(file: string, dir: string, input: BuildInput) {
  const { metafile } = await build({
    ...optionsFor(input),
    ...outputIn(dir, input),
    entryPoints: [file],
    metafile: true,
  })
  const outputs = Object.entries(metafile.outputs).map(([key, output]) => ({ ...output, path: path.resolve(key) }))
  const code = outputs.filter((output) => !output.path.endsWith('.map'))
  const entry = code.find((output) => output.entryPoint && path.basename(output.path) === 'bundle.mjs')
  const start = readAtStart(metafile.outputs, path.relative(process.cwd(), entry?.path ?? ''))
  return {
    sourcemaps: outputs.map((output) => output.path).filter((output) => output.endsWith('.map')),
    startBytes: start.reduce((sum, { bytes }) => sum + bytes, 0),
    startParts: splitByPart(start),
    totalBytes: code.reduce((sum, { bytes }) => sum + bytes, 0),
    exports: entry?.exports ?? [],
  }
}

type Output = Metafile['outputs'][string]

/** `runtime/resources.ts` awaits this import while it is loaded: a cold start reads it, too. */
const AWAITED = /node_modules\/sst\/dist\/resource\//

/** The file, and what it imports at once. */
function readAtStart(outputs: Metafile['outputs'], key: string, seen = new Set<string>()): Output[] {
  const output = outputs[key]
  if (!output || seen.has(key)) return []
  seen.add(key)
  const isAwaited = (file: string) => Object.keys(outputs[file]?.inputs ?? {}).some((input) => AWAITED.test(input))
  const atOnce = output.imports.filter(({ kind, path: file }) => kind === 'import-statement' || isAwaited(file))
  return [output, ...atOnce.flatMap(({ path: next }) => readAtStart(outputs, next, seen))]
}

function splitByPart(outputs: Output[]): Record<string, number> {
  const parts = new Map<string, number>()
  for (const [file, { bytesInOutput }] of outputs.flatMap(({ inputs }) => Object.entries(inputs))) {
    const part = namePart(file)
    parts.set(part, (parts.get(part) ?? 0) + bytesInOutput)
  }
  return Object.fromEntries([...parts].sort(([, one], [, other]) => other - one))
}

/** `zod`, or `#api` for a file of our own. */
function namePart(file: string): string {
  const [, installed] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file) ?? []
  return installed ?? `#${/packages\/([^/]+)/.exec(file)?.[1] ?? 'functions'}`
}

async function writeEmptyBundle(dir: string) {
  await writeFile(path.join(dir, 'bundle.mjs'), '\n')
  return { sourcemaps: [], startBytes: 1, startParts: {}, totalBytes: 1, exports: [] }
}

const outputIn = (dir: string, { properties }: BuildInput): BuildOptions =>
  properties.splitting
    ? { splitting: true, outdir: dir, entryNames: 'bundle', outExtension: { '.js': '.mjs' } }
    : { outfile: path.join(dir, 'bundle.mjs') }

function optionsFor({ runtime, properties }: BuildInput): BuildOptions {
  return {
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: TARGETS[runtime] ?? runtime,
    mainFields: ['module', 'main'],
    keepNames: true,
    sourcemap: properties.esbuild?.sourcemap === false ? false : 'linked',
    minify: properties.minify === true,
    external: ['sharp', 'pg-native', ...Object.keys(properties.install ?? {}), ...(properties.esbuild?.external ?? [])],
    banner: { js: BANNER },
    logLevel: 'silent',
  }
}

/** The links as the function finds them: AES-256-GCM, zero nonce, tag at the end. */
export async function sealLinks(dir: string, { encryptionKey, links }: Pick<BuildInput, 'encryptionKey' | 'links'>) {
  const cipher = createCipheriv('aes-256-gcm', Buffer.from(encryptionKey, 'base64'), Buffer.alloc(12))
  const sealed = Buffer.concat([cipher.update(JSON.stringify(links)), cipher.final(), cipher.getAuthTag()])
  await writeFile(path.join(dir, 'resource.enc'), sealed)
}
