/** The folder that `npm start` keeps: its secrets, and a note that tells commands where the stack listens. */
import { randomBytes } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod/mini'
import { AppError } from '#platform/errors'

const secretsSchema = z.object({
  pepper: z.string(),
  redisToken: z.string(),
  accessKeyId: z.string(),
  secretAccessKey: z.string(),
})
export type LocalSecrets = z.infer<typeof secretsSchema>

const runningSchema = z.object({ pid: z.number(), url: z.string(), env: z.record(z.string(), z.string()) })
/** A running stack: its process, its address, and the environment that connects other processes to it. */
type RunningStack = z.infer<typeof runningSchema>

/** Creates the secrets at the first start, for this folder alone. */
export async function ensureLocalSecrets(dataDir: string): Promise<LocalSecrets> {
  const path = join(dataDir, 'secrets.json')
  const kept = z.safeParse(secretsSchema, await readJson(path))
  if (kept.success) return kept.data
  const made = {
    pepper: randomBytes(32).toString('base64url'),
    redisToken: randomBytes(24).toString('base64url'),
    accessKeyId: `local${randomBytes(8).toString('hex')}`,
    secretAccessKey: randomBytes(24).toString('base64url'),
  }
  await mkdir(dataDir, { recursive: true })
  await writePrivate(path, JSON.stringify(made))
  return made
}

export async function recordRunningStack(dataDir: string, running: RunningStack): Promise<void> {
  await writePrivate(join(dataDir, 'stack.json'), JSON.stringify(running))
}

export async function removeRunningStack(dataDir: string): Promise<void> {
  await rm(join(dataDir, 'stack.json'), { force: true })
}

/** Finds the stack that runs on this folder now. The note of a killed stack does not count. */
export async function findRunningStack(dataDir: string): Promise<RunningStack | undefined> {
  const note = z.safeParse(runningSchema, await readJson(join(dataDir, 'stack.json')))
  if (!note.success) return undefined
  const answer = await fetch(`${note.data.url}/healthz/live`, { signal: AbortSignal.timeout(2_000) }).catch(() => null)
  return answer && isAlive(note.data.pid) ? note.data : undefined
}

/** @throws AppError PART_FAILED when another stack runs on the folder */
export async function refuseSecondStack(dataDir: string): Promise<void> {
  const running = await findRunningStack(dataDir)
  if (!running) return
  throw new AppError(
    'PART_FAILED',
    `Hunter already runs with the folder ${dataDir} at ${running.url} (process ${running.pid})`,
  )
}

/** Writes beside and renames: a reader sees the old file or the new one, even after a crash. */
export async function writePrivate(path: string, text: string): Promise<void> {
  const beside = `${path}.${process.pid}.tmp`
  await writeFile(beside, text, { mode: 0o600 })
  await rename(beside, path)
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch {
    return undefined
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
