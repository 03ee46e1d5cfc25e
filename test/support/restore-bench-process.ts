/** Proves or restores a backup of a folder in a process of its own, and says what it cost: for the benchmarks. */
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { createBackupId, parseBackupId } from '#backups/format/backup-id'
import { createFileStore } from '#backups/store/file-store'
import { verifyBackup } from '#backups/proof/verify'
import { restoreBackup } from '#backups/restore/replace-live'
import { systemClock } from '#platform/clock'
import { childrenOf } from './child-processes.ts'
import { BENCH_SOURCE } from './bench-backup.ts'

const [what, dir = '', idText = '', databaseUrl = ''] = process.argv.slice(2)
const randomHex = () => randomBytes(3).toString('hex')
const deps = { store: createFileStore({ dir, randomHex }), clock: systemClock, tempDir: tmpdir() }
const about = { source: BENCH_SOURCE, id: parseBackupId(idText) }
let embeddedMib = 0
const watching = setInterval(() => void watchMemory(), 100)
const result =
  what === 'prove'
    ? await verifyBackup(deps, { ...about, toolVersion: 'bench' })
    : await restoreBackup(deps, {
        ...about,
        databaseUrl,
        safetyBackup: { newId: () => createBackupId(systemClock.now(), randomHex()), toolVersion: 'bench' },
      })
clearInterval(watching)
const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage()
const cpuSeconds = (userCPUTime + systemCPUTime) / 1e6 + (await cpuSecondsOfEnded())
console.log(JSON.stringify({ result, rssMib: maxRSS / 1024 + embeddedMib, cpuSeconds }))

/** Records the peak memory of the embedded Postgres; pg_dump takes little. */
async function watchMemory(): Promise<void> {
  for (const pid of await childrenOf(process.pid, 'pglite-child')) {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
    embeddedMib = Math.max(embeddedMib, Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024)
  }
}

/** Processor time of the ended child processes. */
async function cpuSecondsOfEnded(): Promise<number> {
  const fields = (await readFile('/proc/self/stat', 'utf8')).split(') ')[1]?.split(' ') ?? []
  return (Number(fields[13]) + Number(fields[14])) / 100
}
