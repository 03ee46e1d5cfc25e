import { execFile } from 'node:child_process'
import { cp, mkdir, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { QUICK_WASM } from './quick-wasm.ts'
import type { Inputs } from './synth.ts'
import type { BuiltFunction } from './synth-functions.ts'

/** Completes a bundle's folder to what Lambda unpacks: the copied files, and the packages that a deployment installs. */
export async function completeFolder(root: string, { dir, input }: BuiltFunction): Promise<void> {
  for (const { from, to } of input.copyFiles) await cp(from, path.join(dir, to), { recursive: true })
  for (const name of Object.keys(input.properties.install ?? {})) {
    const link = path.join(dir, 'node_modules', name)
    await mkdir(path.dirname(link), { recursive: true })
    await symlink(path.join(root, 'node_modules', name), link)
  }
}

const CALL = `
const { handler } = await import('./bundle.mjs')
const event = JSON.parse(process.argv[2])
const context = { awsRequestId: 'test', getRemainingTimeInMillis: () => 900_000 }
const answer = event ? await handler(event, context) : typeof handler
process.stdout.write('\\n' + JSON.stringify(answer), () => process.exit(0))`

/** Loads the handler in a process that has nothing but its folder and variables; with an event, calls it. */
export async function callBundle(
  { dir }: BuiltFunction,
  variables: Record<string, string>,
  event?: Inputs,
): Promise<unknown> {
  await writeFile(path.join(dir, 'call.mjs'), CALL)
  const args = [...QUICK_WASM, '--no-warnings', 'call.mjs', JSON.stringify(event ?? null)]
  const { PATH, NODE_COMPILE_CACHE } = process.env
  const env = { ...variables, PATH, NODE_COMPILE_CACHE, AWS_REGION: 'eu-central-1', LAMBDA_TASK_ROOT: dir }
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: dir, env, timeout: 300_000 })
  return JSON.parse(stdout.split('\n').at(-1) ?? '')
}
