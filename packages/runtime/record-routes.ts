/**
 * Routes that read and write stored records, on the linked connections. The first request that needs the database loads
 * them.
 */
import { v7 } from 'uuid'
import { createKeyVerifier } from '#keys/verify-key'
import { createAuthenticator } from '#api/middleware/authenticate'
import type { HealthPart } from '#api/health/readiness'
import { joinRecordRoutes } from '#api/record-routes'
import { runWithinBudget } from '#db/budget'
import { pingDatabase } from '#db/client'
import { isMigrated } from '#db/revision'
import { ALERTS_DUE_SECONDS_MAX } from '#deployment/alert-metrics'
import type { Clock } from '#platform/clock'
import { createLazy } from '#platform/async/lazy'
import type { Breaker } from '#redis/breaker'
import { createCache } from '#redis/cache'
import type { ProcessContext } from '#runtime/process-context'
import { readAlertBacklog, readBacklogs } from '#runtime/backlogs'
import { createKeyDeps } from '#runtime/key-deps'
import { createConnections, type Connections, type ConnectionsDeps } from '#runtime/connections'

const CHECK_TIMEOUT_MS = 2_000
/** A caller waits for it, and a request's statements take milliseconds. */
const STATEMENT_TIMEOUT_MS = 4_000

export type RecordRoutes = ReturnType<typeof createRecordRoutes>

/**
 * Returns the routes together with what other routes share: the connections, and the authenticator that counts every request.
 */
export function createRecordRoutes(
  context: ProcessContext,
  { telemetry, reporter }: Omit<ConnectionsDeps, 'statementTimeoutMs'>,
) {
  const { settings, clock } = context
  const connections = createConnections(context, { telemetry, reporter, statementTimeoutMs: STATEMENT_TIMEOUT_MS })
  const { db, limits } = connections
  const keyDeps = createKeyDeps(context, db)
  const authenticator = createAuthenticator({
    keys: createKeyVerifier({ ...keyDeps, log: context.log }),
    ipLimiter: limits.ip,
    keyLimiter: limits.key,
    failedKeyLimiter: limits.failedKey,
    clock,
  })
  const deps = {
    db,
    dashboardCache: createCache({ redis: connections.batchingRedis, breaker: limits.breaker, log: context.log }),
    keyDeps,
    newId: v7,
    loadAlertSender: createLazy(async () => (await import('#runtime/alert-sender')).createAlertSender(context)),
    readDigestBackup: async () => (await import('#runtime/digest-backup')).readDigestBackup(context),
    readiness: {
      parts: healthParts(connections, clock),
      isMigrated: () => soon(() => isMigrated(db)),
      timeoutMs: CHECK_TIMEOUT_MS,
    },
    metricsText: async () => {
      const backlogs = await soon(() => readBacklogs({ db, clock })).catch(() => ({})) // the counts are there without the database
      return telemetry.prometheusText({ hunter_breaker_open: limits.breaker.isOpen(), ...backlogs })
    },
    metricsAccess: settings.HUNTER_METRICS,
    openTransfers: createLazy(async () => (await import('#runtime/transfers')).createTransferBucket(clock)),
  }
  return { connections, authenticator, routes: joinRecordRoutes(deps) }
}

function healthParts({ db, redis, limits }: Connections, clock: Clock): HealthPart[] {
  return [
    { name: 'database', essential: true, check: () => soon(() => pingDatabase(db)) },
    { name: 'redis', essential: false, check: () => redis.ping() }, // limits are kept in memory without it
    { name: 'shared limits', essential: false, check: () => checkShared(limits.breaker) },
    { name: 'storage', essential: false, check: checkStorage },
    { name: 'queue', essential: false, check: checkQueue },
    { name: 'alerts', essential: false, check: () => soon(() => checkAlerts({ db, clock })) },
  ]
}

/** Closes the connection of a check that gets no answer, so that it takes no place from a request. */
const soon = <T>(check: () => Promise<T>) => runWithinBudget(CHECK_TIMEOUT_MS, check)

/** Alerts wait although their channels work: the function Deliver does not run, or does not get far. */
async function checkAlerts(deps: Parameters<typeof readAlertBacklog>[0]): Promise<void> {
  if ((await readAlertBacklog(deps)) > ALERTS_DUE_SECONDS_MAX) throw new Error('alerts wait')
}

/** Redis may answer again while the open breaker still keeps requests away from it. */
async function checkShared(breaker: Breaker): Promise<void> {
  if (breaker.isOpen()) throw new Error('limits are kept in memory')
}

const checkStorage = async () => (await import('#runtime/aws-checks')).checkStorage()
const checkQueue = async () => (await import('#runtime/aws-checks')).checkQueue()
