/** Imports whose file was uploaded, for the worker. The first one loads this file. */
import { tmpdir } from 'node:os'
import { v7 } from 'uuid'
import type { Database } from '#db/client'
import type { ImportId, ListUpload } from '#ingest/imports/create-import'
import { runUpload } from '#ingest/imports/run-upload'
import type { Clock } from '#platform/clock'
import { createScanQueue } from '#runtime/scan-queues'
import { createTransferBucket } from '#runtime/transfers'
import { nameGroup } from '#scans/bulk/batch-message'
import { createImportScans } from '#scans/bulk/import-scans'
import { openUpload } from '#transfers/uploads'

interface RunnerDeps {
  db: Database
  clock: Clock
  /** Domains in a batch. */
  batchSize: number
  openDomainsMax: number
}

/** Well below the worker's time limit: the next run continues. */
const RUN_MS = 75_000

export function createImportRunner(deps: RunnerDeps) {
  const bucket = createTransferBucket(deps.clock)
  const queue = createScanQueue()
  const runDeps = {
    ...deps,
    scans: createImportScans({ ...deps, queue, newId: v7 }),
    tempDir: tmpdir(),
    openUpload: async (upload: ListUpload & { keyid: string }) => (await openUpload(bucket, upload)).stream,
    queueImport: ({ importId, keyid }: { importId: ImportId; keyid: string | null }) =>
      queue.sendImport({ importId, group: nameGroup(keyid) }),
  }
  return (importId: string, lastTry: boolean): Promise<boolean> => {
    const endsAtMs = performance.now() + RUN_MS
    const isOver = () => performance.now() > endsAtMs
    return runUpload(runDeps, { importId: importId as ImportId, lastTry, isOver })
  }
}
