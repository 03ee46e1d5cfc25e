/** Routes to the backups in the linked bucket. The first request for one loads them, and the S3 client with them. */
import { randomBytes } from 'node:crypto'
import type { Hono } from 'hono'
import { v7 } from 'uuid'
import { createBackupRoutes } from '#api/backups/routes'
import type { ApiEnv } from '#api/http/context'
import { createCatalogReader } from '#backups/store/catalog-view'
import { createObjectStore } from '#backups/store/object-store'
import { createTagStore } from '#backups/store/tag-store'
import { createLazy } from '#platform/async/lazy'
import type { ProcessContext } from '#runtime/process-context'
import type { RecordRoutes } from '#runtime/record-routes'
import { getResource } from '#runtime/resources'
import { watchRuns } from '#runtime/run-host'
import { createS3Clients } from '#runtime/s3-client'

/** A caller waits, and the function has 25 s. */
const PATIENCE = { idleMs: 5_000, attempts: 3 }

export function loadBackupRoutes({ settings, clock }: ProcessContext, { connections }: RecordRoutes): Hono<ApiEnv> {
  const clients = createS3Clients({}, PATIENCE)
  const bucket = getResource('Backups').name
  const queues = createLazy(() => import('#runtime/backup-queues'))
  return createBackupRoutes({
    db: connections.db,
    clock,
    newId: v7,
    randomHex: () => randomBytes(3).toString('hex'),
    catalog: {
      open: createCatalogReader(createObjectStore({ ...clients, bucket })),
      tags: createTagStore({ s3: clients.s3, bucket }),
    },
    source: settings.HUNTER_BACKUP_SOURCE,
    timezone: settings.HUNTER_BACKUP_TIMEZONE,
    time: settings.HUNTER_BACKUP_TIME,
    watch: () => watchRuns(clock),
    requestBackup: async (id) => (await queues()).requestBackup(id),
    requestProof: async (ref) => (await queues()).requestProof(ref),
  })
}
