/**
 * Synthesises the whole stack without a cloud: SST's own platform code runs `sst.config.ts` against mocks that record
 * every resource. Proves what the program asks for, not that AWS accepts it (docs/decisions/001).
 */
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { ensureSstPlatform } from './sst-platform.ts'
import type { BuiltFunction } from './synth-functions.ts'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')

export interface SynthRequest {
  stage: string
  /** As `sst secret set` would store them. */
  secrets: Record<string, string>
  /** Environment variables of the deployment, besides the secrets. */
  variables?: Record<string, string>
  /** Ours, unless a test breaks one on purpose. */
  configFile?: string
  /** A folder where the real bundles are built and kept; without it a function's code is one empty line. */
  bundlesIn?: string
}

// oxlint-disable-next-line typescript/no-explicit-any -- a resource's inputs have as many shapes as there are types
export type Inputs = Record<string, any>

export interface SynthResource {
  type: string
  name: string
  parent: string
  inputs: Inputs
  protect: boolean
  retainOnDelete: boolean
  /** Names of what must be done before. */
  dependsOn: string[]
}

export interface Synthesis {
  app: { name: string; removal: string; protect: boolean; providers: Record<string, Record<string, string>> }
  resources: SynthResource[]
  /** Functions by the name of their component. */
  functions: Record<string, BuiltFunction>
}

export type SynthAnswer = { ok: true; synthesis: Synthesis } | { ok: false; errors: string[] }

const LIMIT_MS = 560_000

/** One process for each synthesis: Pulumi keeps its state in globals. @throws Error with what SST says is wrong */
export async function synthesise(request: SynthRequest): Promise<Synthesis> {
  await ensureSstPlatform(ROOT)
  const answer = await runChild(request)
  if (answer.ok) return answer.synthesis
  throw new Error(answer.errors.join('\n'))
}

function runChild(request: SynthRequest): Promise<SynthAnswer> {
  const child = fork(fileURLToPath(new URL('./synth-child.ts', import.meta.url)), [JSON.stringify(request)], {
    cwd: ROOT,
    env: { ...childEnv(request.secrets), ...request.variables },
    execArgv: ['--no-warnings', '--no-deprecation'],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    timeout: LIMIT_MS,
  })
  const printed: string[] = []
  child.stdout?.on('data', (chunk: Buffer) => printed.push(String(chunk)))
  child.stderr?.on('data', (chunk: Buffer) => printed.push(String(chunk)))
  return new Promise((resolve) => {
    child.on('message', (answer: SynthAnswer) => resolve(answer))
    child.on('error', (error) => resolve({ ok: false, errors: [String(error)] }))
    // after a message this changes nothing: a promise settles once
    child.on('close', (code) => resolve({ ok: false, errors: [`synthesis ended (${code})`, ...printed] }))
  })
}

/** A clean environment: the caller's AWS or SST settings must not leak into the result. */
function childEnv(secrets: Record<string, string>): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR, NODE_COMPILE_CACHE } = process.env
  const stored = Object.entries(secrets).map(([name, value]) => [`SST_SECRET_${name}`, value])
  return { PATH, HOME, TMPDIR, NODE_COMPILE_CACHE, ...Object.fromEntries(stored) }
}
