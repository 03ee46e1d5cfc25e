/**
 * A bulk worker in a process of its own, to be killed: it works on the batches of HUNTER_TEST_INPUT side by side, each of
 * them delivered twice, and ends with status 0 whatever became of them.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { Client } from 'pg'
import { createDatabase } from '#db/client'
import { systemClock } from '#platform/clock'
import type { JobId } from '#scans/bulk/create-job'
import { processBatch } from '#scans/bulk/process-batch'
import { createFakeDns, googleCompany } from './fake-dns.ts'
import { scanDeps } from './scan-deps.ts'

export interface BulkWorkerInput {
  databaseUrl: string
  batches: { jobId: JobId; batch: number }[]
  /** Domains that the DNS answers for, and those for which it does not. */
  answered: string[]
  silent: string[]
  /** Kills itself so many milliseconds after it has asked the database for something for the nth time. */
  kill?: { atRequest: number; afterMs: number } | undefined
}

const { databaseUrl, batches, answered, silent, kill } = JSON.parse(
  process.env['HUNTER_TEST_INPUT'] ?? '',
) as BulkWorkerInput

let requests = 0
const query = Reflect.get(Client.prototype, 'query') as (...args: unknown[]) => unknown
Client.prototype.query = function counting(this: Client, ...args: unknown[]) {
  requests += 1
  if (requests === kill?.atRequest) void pause(kill.afterMs).then(() => process.kill(process.pid, 'SIGKILL'))
  return Reflect.apply(query, this, args)
} as typeof Client.prototype.query

const dns = createFakeDns(Object.assign({}, ...answered.map(googleCompany)))
for (const domain of silent) {
  for (const name of [domain, `_dmarc.${domain}`]) dns.zone.set(name, { fails: 'SERVFAIL' })
}
const db = createDatabase({ url: databaseUrl, maxConnections: 4, statementTimeoutMs: 10_000 })
const deps = scanDeps(db, dns, { clock: systemClock })
const deliveries = [...batches, ...batches.toReversed()]
await Promise.allSettled(deliveries.map((batch) => processBatch(deps, { ...batch, lastTry: false })))
process.exit()
