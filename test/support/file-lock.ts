import { link, readFile, rm, writeFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'

const POLL_MS = 250

/**
 * One process at a time. Linking a finished file is atomic, so a lock always names its holder; one whose holder is
 * dead is taken away. @throws Error when another process keeps it longer than `limitMs`
 */
export async function withFileLock(file: string, limitMs: number, action: () => Promise<void>): Promise<void> {
  const mine = `${file}.${process.pid}`
  await writeFile(mine, String(process.pid))
  try {
    await take(mine, file, limitMs)
  } finally {
    await rm(mine, { force: true })
  }
  try {
    await action()
  } finally {
    await rm(file, { force: true })
  }
}

async function take(mine: string, file: string, limitMs: number): Promise<void> {
  for (let waitedMs = 0; waitedMs < limitMs; waitedMs += POLL_MS) {
    try {
      return await link(mine, file)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const holder = Number(await readFile(file, 'utf8').catch(() => ''))
    if (holder && !isAlive(holder)) await rm(file, { force: true })
    else await pause(POLL_MS)
  }
  throw new Error(`${file} is held by another process; remove it if there is none`)
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
