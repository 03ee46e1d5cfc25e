/** Bundles and runs `sst.config.ts` the way SST's command line does before it hands over to Pulumi. */
import { build, type BuildOptions, type Plugin } from 'esbuild'
import { execFile } from 'node:child_process'
import { readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import type { Synthesis } from './synth.ts'

interface Places {
  root: string
  platform: string
  /** Artefacts of this synthesis. */
  work: string
  configFile: string
}

export type App = Synthesis['app'] & { stage: string }

const BANNER = `
import { createRequire as topLevelCreateRequire } from 'module';
const require = topLevelCreateRequire(import.meta.url);
import { fileURLToPath as topLevelFileUrlToPath, URL as topLevelURL } from "url"
const __filename = topLevelFileUrlToPath(import.meta.url)
const __dirname = topLevelFileUrlToPath(new topLevelURL(".", import.meta.url))
`

/** What SST leaves outside the bundle. */
const EXTERNAL = [
  '@pulumi/*',
  'undici',
  '@pulumiverse/*',
  '@sst-provider/*',
  '@aws-sdk/*',
  'esbuild',
  'archiver',
  'glob',
  'vite',
]

/** Name, stages and providers: `app()` alone, with no globals but the input. */
export async function evaluateApp(places: Places, stage: string): Promise<App> {
  const outfile = await bundle(places, 'app', {
    banner: { js: `${BANNER}function $config(input) { return input }` },
    define: { $input: JSON.stringify({ stage }) },
    plugins: [refuseImports],
    stdin: {
      contents: `import mod from ${JSON.stringify(places.configFile)}
console.log(JSON.stringify(await mod.app({ stage: $input.stage })))`,
    },
  })
  try {
    const { stdout } = await promisify(execFile)(process.execPath, ['--no-warnings', outfile])
    const app = JSON.parse(stdout) as App
    return { ...app, stage, providers: asObjects(app.providers) }
  } finally {
    await rm(outfile, { force: true })
  }
}

/** Runs the program; its resources go to whatever monitor Pulumi has been given. */
export async function loadProgram(places: Places, app: App): Promise<unknown> {
  const { platform, root, work } = places
  const cli = { command: 'deploy', dev: false, paths: { home: work, root, work, platform }, state: { version: {} } }
  const outfile = await bundle(places, 'run', {
    banner: { js: BANNER },
    define: { $app: JSON.stringify(app), $cli: JSON.stringify(cli), $dev: 'false' },
    inject: [path.join(platform, 'src/shim/run.js')],
    plugins: [await provideGlobals(places)],
    stdin: {
      contents: `import { run } from ${JSON.stringify(path.join(platform, 'src/auto/run.ts'))}
import mod from ${JSON.stringify(places.configFile)}
const result = await run(mod.run)
export default result`,
    },
  })
  try {
    const program = (await import(pathToFileURL(outfile).href)) as { default: unknown }
    return program.default
  } finally {
    await rm(outfile, { force: true })
  }
}

async function bundle({ platform, root }: Places, name: string, options: BuildOptions): Promise<string> {
  // beside the platform's node_modules, where Node finds what stays outside the bundle
  const outfile = path.join(platform, `synth.${name}.${process.pid}.mjs`)
  await build({
    bundle: true,
    format: 'esm',
    platform: 'node',
    mainFields: ['module', 'main'],
    nodePaths: [path.join(platform, 'node_modules')],
    external: EXTERNAL,
    logLevel: 'silent',
    outfile,
    ...options,
    stdin: {
      ...options.stdin,
      contents: options.stdin?.contents ?? '',
      resolveDir: root,
      sourcefile: 'eval.ts',
      loader: 'ts',
    },
  })
  return outfile
}

/** SST evaluates `app()` before any package is there. */
const refuseImports: Plugin = {
  name: 'refuse-imports',
  setup(build) {
    build.onResolve({ filter: /.*/ }, ({ importer, kind }) =>
      path.basename(importer) === 'sst.config.ts' && kind === 'import-statement'
        ? { errors: [{ text: 'sst.config.ts imports at its top; import inside run()' }] }
        : undefined,
    )
  },
}

/** The globals `sst`, `aws` and the other providers become imports of every file of ours. */
async function provideGlobals({ root, platform }: Places): Promise<Plugin> {
  const lock = await readFile(path.join(root, '.sst', 'provider-lock.json'), 'utf8')
  const providers = JSON.parse(lock) as { alias: string; package: string }[]
  const globals = [
    ...providers.map((entry) => `import * as ${entry.alias} from "${entry.package}";`),
    `import * as sst from "${path.join(platform, 'src/components')}";`,
  ].join('\n')
  return {
    name: 'provide-globals',
    setup(build) {
      build.onLoad({ filter: /\.(js|ts|jsx|tsx)$/ }, async ({ path: file }) => {
        if (file.includes('.sst')) return undefined
        return { contents: `${globals}\n${await readFile(file, 'utf8')}`, loader: 'default' }
      })
    },
  }
}

/** A provider given by its version alone becomes an object, as SST makes it. */
function asObjects(providers: Record<string, string | Record<string, string>>): App['providers'] {
  const entries = Object.entries(providers)
  return Object.fromEntries(
    entries.map(([name, given]) => [name, typeof given === 'string' ? { version: given } : given]),
  )
}
