/** Allows one stack per folder: a second one is refused, and a killed one leaves nothing to clean up. */
import { randomUUID } from 'node:crypto'
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod/mini'
import { AppError } from '#platform/errors'

const holderSchema = z.object({ pid: z.number(), since: z.string() })
type Holder = z.infer<typeof holderSchema>

const TRIES = 5

/**
 * Locks the folder and returns the function that releases it.
 * @throws AppError PART_FAILED when another live process holds it
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  await mkdir(folder, { recursive: true })
  const path = join(folder, 'stack.lock')
  const mine = `${path}.${randomUUID()}`
  const text = JSON.stringify({ pid: process.pid, since: await findStart(process.pid) } satisfies Holder)
  await writeFile(mine, text, { mode: 0o600 })
  try {
    for (let tries = TRIES; tries > 0; tries -= 1) {
      if (await isMade(mine, path)) return () => release(path, text)
      const holder = await readFile(path, 'utf8').catch(() => '')
      await refuseLiving(folder, holder)
      await removeStale(path, { holder, aside: `${mine}.stale` })
    }
  } finally {
    await rm(mine, { force: true })
  }
  throw new AppError('PART_FAILED', `another Hunter is starting on ${folder}`)
}

/** Linking is atomic: only one of two that try succeeds. */
async function isMade(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

async function refuseLiving(folder: string, text: string): Promise<void> {
  const holder = z.safeParse(holderSchema, parse(text))
  if (!holder.success) return // a full disk cut it off, or it is gone by now
  const { pid, since } = holder.data
  if ((await findStart(pid)) !== since) return
  throw new AppError('PART_FAILED', `Hunter already runs with the folder ${folder} (process ${pid})`)
}

/** Another starter may have been quicker: a lock other than the one just read is put back. */
async function removeStale(path: string, { holder, aside }: { holder: string; aside: string }): Promise<void> {
  try {
    await rename(path, aside)
  } catch {
    return
  }
  if ((await readFile(aside, 'utf8')) !== holder) await link(aside, path).catch(() => undefined)
  await rm(aside, { force: true })
}

async function release(path: string, text: string): Promise<void> {
  if ((await readFile(path, 'utf8').catch(() => '')) === text) await rm(path, { force: true })
}

/**
 * Returns when a process started, so that a reused process id is not mistaken for it; empty when it does not run.
 * Without /proc it only tells whether the process runs.
 */
async function findStart(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  // the name in brackets may hold spaces and brackets; the start time is the 20th field after it (proc_pid_stat(5))
  if (stat !== undefined) return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  try {
    process.kill(pid, 0)
    return 'runs'
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? 'runs' : ''
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
