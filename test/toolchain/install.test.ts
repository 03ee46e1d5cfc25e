import { globSync, readFileSync } from 'node:fs'
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
