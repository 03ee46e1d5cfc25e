/** Routes that scan. The first request that needs them loads them; the first that queues work loads the AWS clients. */
import { tmpdir } from 'node:os'
import type { Hono } from 'hono'
import { v7 } from 'uuid'
import type { ApiEnv } from '#api/http/context'
import { joinEngineRoutes } from '#api/engine-routes'
import { createLazy } from '#platform/async/lazy'
import { createKeyDeps } from '#runtime/key-deps'
import type { ProcessContext } from '#runtime/process-context'
import type { Telemetry } from '#runtime/telemetry'
import type { RecordRoutes } from '#runtime/record-routes'
import { createScanDeps } from '#runtime/scan-deps'
import type { BatchQueue, DeadLetters, ImportQueue } from '#scans/bulk/batch-message'

/** The caller waits meanwhile: with the scan's own budget this stays below the gateway's limit. */
const TURN_WAIT_MS = 5_000

type EngineDeps = Pick<RecordRoutes, 'connections'> & { telemetry: Telemetry }

export function createEngineRoutes(context: ProcessContext, { connections, telemetry }: EngineDeps): Hono<ApiEnv> {
  const scans = createScanDeps(context, { connections, telemetry, turnWaitMs: TURN_WAIT_MS })
  const openTransfers = createLazy(async () => (await import('#runtime/transfers')).createTransferBucket(context.clock))
  const openDomainsMax = context.settings.HUNTER_KEY_OPEN_DOMAINS
  const keyDeps = createKeyDeps(context, connections.db)
  return joinEngineRoutes({
    ...scans,
    ...lazyQueues(),
    keyDeps,
    newId: v7,
    openDomainsMax,
    tempDir: tmpdir(),
    openTransfers,
    syncReferrals: async (until) => (await import('#runtime/referrals')).createSync(context, connections.db)(until),
  })
}

function lazyQueues(): { queue: BatchQueue & ImportQueue; deadLetters: DeadLetters } {
  const load = () => import('#runtime/scan-queues')
  const queue = createLazy(async () => (await load()).createScanQueue())
  const deadLetters = createLazy(async () => (await load()).createScanDeadLetters())
  return {
    queue: {
      send: async (messages) => (await queue()).send(messages),
      sendImport: async (message) => (await queue()).sendImport(message),
    },
    deadLetters: {
      receive: async () => (await deadLetters()).receive(),
      remove: async (letters) => (await deadLetters()).remove(letters),
    },
  }
}
