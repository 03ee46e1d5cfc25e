/**
 * SST's platform code in `.sst/platform`: what `sst.config.ts` is checked and synthesised against. Comes from SST's own
 * binary and the npm registry, once for each set of versions; later calls do nothing.
 */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFile, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { PROVIDERS } from '#infra/providers'
import { withFileLock } from './file-lock.ts'

const run = promisify(execFile)
const MARKER = 'hunter-versions.json'
/** An address without a listener. */
const NO_REGISTRY = 'http://127.0.0.1:9'
const INSTALL_LIMIT_MS = 10 * 60_000
const LINES_OF_REASON = 8

/**
 * `renew` resolves the dependency tree of SST and the providers again and writes it to the lock file.
 * @throws Error that says what failed: without the platform nothing about the infrastructure can be tested
 */
export async function ensureSstPlatform(root: string, { renew = false } = {}): Promise<void> {
  if (renew) await renewLockfile(root)
  const wanted = await wantedVersions(root)
  const isReady = async () => (await readText(path.join(root, '.sst/platform', MARKER))) === wanted
  if (await isReady()) return
  await mkdir(path.join(root, '.sst'), { recursive: true })
  // spares a second install beside the first
  await withFileLock(path.join(root, '.sst', 'install.lock'), INSTALL_LIMIT_MS, async () => {
    if (!(await isReady())) await installPlatform(root, wanted)
  })
}

/** SST, the providers and the exact tree below them. */
async function wantedVersions(root: string): Promise<string> {
  const sst = JSON.parse(await readFile(path.join(root, 'node_modules/sst/package.json'), 'utf8')) as {
    version: string
  }
  const tree = createHash('sha256').update(await readFile(lockfile(root)))
  return JSON.stringify({ sst: sst.version, providers: PROVIDERS, tree: tree.digest('hex') }, null, 2)
}

const lockfile = (root: string) => path.join(root, 'packages/infra/platform-lock.json')

async function renewLockfile(root: string): Promise<void> {
  await inOwnProject(root, async (project) => {
    await installInto(project, root)
    await copyFile(path.join(project, '.sst/platform/package-lock.json'), lockfile(root))
  })
}

/** Moved into place when complete: a killed install leaves nothing that looks ready. */
async function installPlatform(root: string, wanted: string): Promise<void> {
  await inOwnProject(root, async (project) => {
    const platform = path.join(project, '.sst/platform')
    // unpacks the platform and gives up at the providers
    const unpacked = await runSst(root, project, NO_REGISTRY)
    if (!(await readText(path.join(platform, 'version')))) throw new Error(unpacked)
    await copyFile(lockfile(root), path.join(platform, 'package-lock.json'))
    await installInto(project, root)
    await writeFile(path.join(platform, MARKER), wanted)
    await rm(path.join(root, '.sst/platform'), { recursive: true, force: true })
    await copyFile(path.join(project, '.sst/provider-lock.json'), path.join(root, '.sst/provider-lock.json'))
    await rename(platform, path.join(root, '.sst/platform'))
  })
}

async function inOwnProject(root: string, action: (project: string) => Promise<void>): Promise<void> {
  const project = await mkdtemp(path.join(root, '.sst', 'install-'))
  try {
    await writeFile(path.join(project, 'sst.config.ts'), configOf(PROVIDERS))
    await action(project)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`SST's platform code could not be installed; it needs the npm registry once.\n${reason}`, { cause })
  } finally {
    await rm(project, { recursive: true, force: true })
  }
}

/** SST writes the providers' lock last. */
async function installInto(project: string, root: string): Promise<void> {
  const printed = await runSst(root, project, await npmRegistry(root))
  if (!(await readText(path.join(project, '.sst/provider-lock.json')))) throw new Error(printed)
}

const configOf = (providers: typeof PROVIDERS) => `export default $config({
  app: () => ({ name: 'hunter', home: 'aws', providers: ${JSON.stringify(providers)} }),
  run: async () => ({}),
})`

/** What `sst install` printed. It exits with 1 wherever it stops, so the callers look at what it left. */
async function runSst(root: string, project: string, registry: string): Promise<string> {
  const env = {
    ...withoutNpmScript(process.env),
    SST_STAGE: 'test',
    SST_TELEMETRY_DISABLED: '1',
    // neither Pulumi's engine nor bun is needed, and neither can be had from the registry
    SST_SKIP_DEPENDENCY_CHECK: '1',
    SST_NO_BUN: '1',
    NPM_REGISTRY: registry,
    npm_config_ignore_scripts: 'true',
    npm_config_omit_lockfile_registry_resolved: 'true',
    npm_config_audit: 'false',
    npm_config_fund: 'false',
  }
  const sst = [path.join(root, 'node_modules/sst/bin/sst.mjs'), 'install', '--print-logs']
  try {
    const { stdout, stderr } = await run(process.execPath, sst, { cwd: project, env, timeout: INSTALL_LIMIT_MS })
    return stdout + stderr
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    // its last lines say why
    return (stdout + stderr || String(error)).trimEnd().split('\n').slice(-LINES_OF_REASON).join('\n')
  }
}

/** Inside `npm test` npm's own variables would point the nested install at this project. */
function withoutNpmScript(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const ours = /^npm_(package|lifecycle|command|node|execpath|config_(local_prefix|global_prefix|prefix|noproxy))/
  return Object.fromEntries(Object.entries(env).filter(([name]) => !ours.test(name)))
}

/** SST takes every provider for missing when the address ends with a slash. */
async function npmRegistry(root: string): Promise<string> {
  const { stdout } = await run('npm', ['config', 'get', 'registry'], { cwd: root })
  return stdout.trim().replace(/\/$/, '')
}

const readText = (file: string): Promise<string> => readFile(file, 'utf8').catch(() => '')

if (import.meta.main) {
  const renew = process.argv.includes('--renew')
  await ensureSstPlatform(path.resolve(import.meta.dirname, '../..'), { renew })
}
