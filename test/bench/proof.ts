/**
 * Seconds that the proof of a backup takes in the embedded Postgres, by its phases: `npm run bench -- proof [megabytes]
 * [rounds]`. The megabytes are those of the rows as COPY writes them; two thirds of what such a database has on disk.
 */
import { execFile } from 'node:child_process'
import { availableParallelism, loadavg } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Proof } from '#backups/format/manifest'
import { backUpForBench } from '../support/bench-backup.ts'

const [megabytes = 200, rounds = 1] = process.argv.slice(2).map(Number)
const backup = await backUpForBench(megabytes)
const { manifest, dir } = backup
const { rawBytes, gzipBytes } = manifest.object
console.log(`${mb(rawBytes)} MB of rows in ${mb(gzipBytes)} MB, ${availableParallelism()} processors`)
try {
  for (let round = 1; round <= rounds; round += 1) {
    const script = join(import.meta.dirname, '../support/restore-bench-process.ts')
    const { stdout } = await promisify(execFile)(process.execPath, [script, 'prove', dir, manifest.id])
    const { result, rssMib, cpuSeconds } = JSON.parse(stdout) as { result: Proof; rssMib: number; cpuSeconds: number }
    if (!result.verified) throw new Error(JSON.stringify(result.checks))
    const { durationMs, restoreMs = 0, compareMs = 0 } = result
    console.log(
      `round ${round}  ${seconds(durationMs)} s (hash ${seconds(durationMs - restoreMs - compareMs)}, restore ${seconds(restoreMs)}, compare ${seconds(compareMs)})` +
        `  ${(rawBytes / 1e3 / durationMs).toFixed(1)} MB/s  ${cpuSeconds.toFixed(1)} CPU-s  ${rssMib.toFixed(0)} MiB at most  load ${loadavg()[0]?.toFixed(1)}`,
    )
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
