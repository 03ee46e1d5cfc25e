/** Imports whose file was uploaded, for the worker. The first one loads this file. */
import { tmpdir } from 'node:os'
import { v7 } from 'uuid'
import type { Database } from '#db/client'
import type { ImportId } from '#ingest/imports/create-import'
import { runUpload } from '#ingest/imports/run-upload'
import type { Clock } from '#platform/clock'
import { createScanQueue } from '#runtime/scan-queues'
import { createTransferBucket } from '#runtime/transfers'
import { createImportScans } from '#scans/bulk/import-scans'
import { openUpload } from '#transfers/uploads'

interface RunnerDeps {
  db: Database
  clock: Clock
  /** Domains in a batch. */
  batchSize: number
  openDomainsMax: number
}

/** Well below the worker's time limit: the queue delivers the message once more, and the next run continues. */
const RUN_MS = 75_000

export function createImportRunner(deps: RunnerDeps) {
  const bucket = createTransferBucket(deps.clock)
  const scans = createImportScans({ ...deps, queue: createScanQueue(), newId: v7 })
  const tempDir = tmpdir()
  return (importId: string, lastTry: boolean): Promise<boolean> => {
    const endsAtMs = performance.now() + RUN_MS
    const isOver = () => performance.now() > endsAtMs
    const open = async (upload: { id: string; keyid: string }) => (await openUpload(bucket, upload)).stream
    const input = { importId: importId as ImportId, lastTry, isOver }
    return runUpload({ ...deps, scans, tempDir, openUpload: open }, input)
  }
}
