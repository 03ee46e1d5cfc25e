import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

const PREFIX = 'hunter-proof-'
const OWNER = /^hunter-proof-(?<pid>\d+)-/

/** Makes a folder for one proof, named for this process, and removes those of dead processes. */
export async function openWorkDir(tempDir: string): Promise<string> {
  await removeDead(tempDir)
  return mkdtemp(join(tempDir, `${PREFIX}${process.pid}-`))
}

async function removeDead(tempDir: string): Promise<void> {
  for (const name of await readdir(tempDir)) {
    const pid = Number(OWNER.exec(name)?.groups?.['pid'])
    if (!pid) continue
    const folder = join(tempDir, name)
    if (await isDead(pid, folder)) await rm(folder, { recursive: true, force: true })
  }
}

/**
 * Process ids are reused, ours too (on Lambda, each start has the same): a dead process's folder is then older than
 * this process.
 */
async function isDead(pid: number, folder: string): Promise<boolean> {
  if (pid !== process.pid) return !isAlive(pid)
  const made = await stat(folder).catch(() => undefined)
  return made !== undefined && made.birthtimeMs < performance.timeOrigin
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH' // EPERM: the process lives and belongs to another user.
  }
}
