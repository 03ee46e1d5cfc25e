/** Routes to the backups in the linked bucket. The first request for one loads them, and the S3 client with them. */
import type { Hono } from 'hono'
import { createBackupRoutes } from '#api/backups/routes'
import type { ApiEnv } from '#api/http/context'
import { nameConfigSource } from '#backups/format/object-keys'
import { createCatalogReader } from '#backups/store/catalog-view'
import { createObjectStore } from '#backups/store/object-store'
import { createTagStore } from '#backups/store/tag-store'
import type { ProcessContext } from '#runtime/process-context'
import { getResource } from '#runtime/resources'
import { watchRuns } from '#runtime/run-host'
import { createS3Clients } from '#runtime/s3-client'

/** A caller waits, and the function has 25 s. */
const PATIENCE = { idleMs: 5_000, attempts: 3 }

export function loadBackupRoutes({ settings, clock }: ProcessContext): Hono<ApiEnv> {
  const clients = createS3Clients({}, PATIENCE)
  const bucket = getResource('Backups').name
  const source = settings.HUNTER_BACKUP_SOURCE
  return createBackupRoutes({
    catalog: {
      open: createCatalogReader(createObjectStore({ ...clients, bucket })),
      tags: createTagStore({ s3: clients.s3, bucket }),
    },
    sources: [source, nameConfigSource(source)],
    timezone: settings.HUNTER_BACKUP_TIMEZONE,
    watch: () => watchRuns(clock),
  })
}
