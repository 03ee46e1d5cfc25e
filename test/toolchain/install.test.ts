import { existsSync, globSync, readFileSync, statSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { build, type Metafile } from 'esbuild'
import { beforeAll, expect, it } from 'vitest'

const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies: Record<string, string> }

/** What starts or needs the local stack comes with the development packages. */
const commands = globSync('packages/cli/**/*.ts').filter(
  (file) => !/from '#(local|emulators)\//.test(readFileSync(file, 'utf8')),
)

let files: Metafile['inputs']
beforeAll(async () => {
  const { metafile } = await build({
    entryPoints: commands,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    splitting: true,
    outdir: 'unused',
    write: false,
    metafile: true,
  })
  files = metafile.inputs
})

it.each(commands)('%s loads no development package: it works after npm ci --omit=dev', (command) => {
  expect([...packagesOf(command)].filter((name) => dependencies[name] === undefined)).toEqual([])
})

it('takes less than 250 MB after npm ci --omit=dev, as du -m counts them', () => {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
    packages: Record<string, { dev?: true }>
  }
  const folders = Object.keys(packages).filter(
    (path) => path !== '' && packages[path]?.dev === undefined && existsSync(path),
  )
  const files = folders.flatMap((cwd) =>
    globSync('**', { cwd, exclude: (path) => /(^|\/)node_modules$|\.map$/.test(path) }).map((path) =>
      statSync(`${cwd}/${path}`),
    ),
  )
  const bytes = files.reduce((sum, { blocks }) => sum + blocks * 512, 0)
  expect(folders.length).toBeGreaterThan(50)
  expect(bytes / 2 ** 20).toBeLessThan(250)
})

/** The packages that are loaded as soon as the file is. */
function packagesOf(file: string, seen = new Set<string>(), found = new Set<string>()): Set<string> {
  seen.add(file)
  for (const { path, kind, external } of files[file]?.imports ?? []) {
    if (kind !== 'import-statement' || isBuiltin(path)) continue
    if (external) found.add(/^(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? path)
    else if (!seen.has(path)) packagesOf(path, seen, found)
  }
  return found
}
