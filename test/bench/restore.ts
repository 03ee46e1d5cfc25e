/**
 * The recovery time: a backup restored in the place of a live database of the same size, with a safety backup of that,
 * by its phases: `npm run bench -- restore [megabytes] [rounds]`. The server shares the machine and does not fsync.
 */
import { execFile } from 'node:child_process'
import { availableParallelism, loadavg } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { dropReplaced } from '#backups/restore/replaced-databases'
import type { RestoreReport } from '#backups/restore/replace-live'
import { backUpForBench } from '../support/bench-backup.ts'

const [megabytes = 200, rounds = 1] = process.argv.slice(2).map(Number)
const backup = await backUpForBench(megabytes)
const { manifest, databaseUrl, dir } = backup
const { rawBytes, gzipBytes } = manifest.object
console.log(`${mb(rawBytes)} MB of rows in ${mb(gzipBytes)} MB, ${availableParallelism()} processors`)
try {
  for (let round = 1; round <= rounds; round += 1) {
    const script = join(import.meta.dirname, '../support/restore-bench-process.ts')
    const args = [script, 'restore', dir, manifest.id, databaseUrl]
    const { stdout } = await promisify(execFile)(process.execPath, args)
    const { result, rssMib } = JSON.parse(stdout) as { result: RestoreReport; rssMib: number }
    const { totalMs, restoreMs, compareMs, safetyMs = 0 } = result
    const swapMs = totalMs - restoreMs - compareMs - safetyMs
    console.log(
      `round ${round}  recovery ${seconds(totalMs)} s (restore ${seconds(restoreMs)}, compare ${seconds(compareMs)}, safety backup ${seconds(safetyMs)}, else ${seconds(swapMs)})` +
        `  ${(rawBytes / 1e3 / restoreMs).toFixed(1)} MB/s restored  ${rssMib.toFixed(0)} MiB at most  load ${loadavg()[0]?.toFixed(1)}`,
    )
    await dropReplaced(databaseUrl, manifest.id)
  }
} finally {
  await backup.close()
}

function mb(bytes: number): string {
  return (bytes / 1e6).toFixed(0)
}

function seconds(ms: number): string {
  return (ms / 1e3).toFixed(1)
}
