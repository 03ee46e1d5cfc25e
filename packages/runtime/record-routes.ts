/** Routes to what is kept, on the parts that are linked. Loaded by the first request that is not for the process alone. */
import { v7 } from 'uuid'
import { createKeyVerifier } from '#keys/verify-key'
import { createGate } from '#api/middleware/gate'
import type { HealthPart } from '#api/health/readiness'
import { recordRoutes } from '#api/record-routes'
import { runWithinBudget } from '#db/budget'
import { pingDatabase } from '#db/client'
import { isMigrated } from '#db/revision'
import type { Breaker } from '#redis/breaker'
import type { Base } from '#runtime/process-context'
import { keyDepsOf } from '#runtime/key-deps'
import { createParts, type Parts, type PartsDeps } from '#runtime/connections'

const CHECK_TIMEOUT_MS = 2_000
/** A caller waits for it, and what a request asks takes milliseconds. */
const STATEMENT_TIMEOUT_MS = 4_000

export type Records = ReturnType<typeof createRecords>

/** With the routes what others stand on too: the parts, and the gate that counts every request. */
export function createRecords(base: Base, { metering, reporter }: Omit<PartsDeps, 'statementTimeoutMs'>) {
  const { settings, clock } = base
  const parts = createParts(base, { metering, reporter, statementTimeoutMs: STATEMENT_TIMEOUT_MS })
  const { db, limits } = parts
  const keyDeps = keyDepsOf(base, db)
  const gate = createGate({
    keys: createKeyVerifier({ ...keyDeps, log: base.log }),
    ipLimiter: limits.ip,
    keyLimiter: limits.key,
    failedKeyLimiter: limits.failedKey,
    clock,
  })
  const deps = {
    db,
    keyDeps,
    newId: v7,
    readiness: { parts: healthParts(parts), isMigrated: () => soon(() => isMigrated(db)), timeoutMs: CHECK_TIMEOUT_MS },
    metricsText: () => metering.text(limits.breaker.isOpen()),
    metricsAccess: settings.HUNTER_METRICS,
  }
  return { parts, gate, routes: recordRoutes(deps) }
}

function healthParts({ db, redis, limits }: Parts): HealthPart[] {
  return [
    { name: 'database', essential: true, check: () => soon(() => pingDatabase(db)) },
    { name: 'redis', essential: false, check: () => redis.ping() }, // without it limits are kept in memory
    { name: 'shared limits', essential: false, check: () => checkShared(limits.breaker) },
    { name: 'storage', essential: false, check: checkStorage },
    { name: 'queue', essential: false, check: checkQueue },
  ]
}

/** A connection that a check waits for in vain is closed as the check ends, and takes no place from a request. */
const soon = <T>(check: () => Promise<T>) => runWithinBudget(CHECK_TIMEOUT_MS, check)

/** Redis may answer again while the breaker still keeps the requests away from it. */
async function checkShared(breaker: Breaker): Promise<void> {
  if (breaker.isOpen()) throw new Error('limits are kept in memory')
}

const checkStorage = async () => (await import('#runtime/aws-checks')).checkStorage()
const checkQueue = async () => (await import('#runtime/aws-checks')).checkQueue()
