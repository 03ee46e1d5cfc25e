/** Proves or restores a backup of a folder in a process of its own, and says what it cost: for the benchmarks. */
import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { newBackupId, parseBackupId } from '#backups/format/backup-id'
import { createFileStore } from '#backups/store/file-store'
import { verifyBackup } from '#backups/proof/verify'
import { restoreBackup } from '#backups/restore/replace-live'
import { systemClock } from '#platform/clock'
import { BENCH_SOURCE } from './bench-backup.ts'

const [what, dir = '', idText = '', databaseUrl = ''] = process.argv.slice(2)
const randomHex = () => randomBytes(3).toString('hex')
const deps = { store: createFileStore({ dir, randomHex }), clock: systemClock, tempDir: tmpdir() }
const about = { source: BENCH_SOURCE, id: parseBackupId(idText) }
const result =
  what === 'prove'
    ? await verifyBackup(deps, { ...about, toolVersion: 'bench' })
    : await restoreBackup(deps, {
        ...about,
        databaseUrl,
        safetyBackup: { newId: () => newBackupId(systemClock.now(), randomHex()), toolVersion: 'bench' },
      })
const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage()
console.log(JSON.stringify({ result, rssMib: maxRSS / 1024, cpuSeconds: (userCPUTime + systemCPUTime) / 1e6 }))
