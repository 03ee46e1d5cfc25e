/** Dumps a database into a folder, in a process of its own, and says what it cost: for the benchmark. */
import { randomBytes } from 'node:crypto'
import { createBackupId } from '#backups/format/backup-id'
import { dumpDatabase } from '#backups/dump/dump'
import { createFileStore } from '#backups/store/file-store'
import { systemClock } from '#platform/clock'

const [databaseUrl = '', dir = '', streams] = process.argv.slice(2)
const randomHex = () => randomBytes(3).toString('hex')
const store = createFileStore({ dir, randomHex })
const startedAt = performance.now()
const manifest = await dumpDatabase(
  { store, clock: systemClock },
  {
    id: createBackupId(systemClock.now(), randomHex()),
    source: 'bench',
    databaseUrl,
    toolVersion: 'bench',
    streams: streams ? Number(streams) : undefined,
  },
)
const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage()
console.log(
  JSON.stringify({
    seconds: (performance.now() - startedAt) / 1000,
    cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
    bytes: manifest.object.gzipBytes,
    rawBytes: manifest.object.rawBytes,
    members: manifest.members.length,
    rssMib: maxRSS / 1024,
  }),
)
