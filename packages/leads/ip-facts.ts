/** Stores facts about IP addresses in the database for a year. */
import { and, gte, inArray, lt } from 'drizzle-orm'
import type { Queryable } from '#db/client'
import { toStorableText } from '#db/storable'
import { ipFacts } from '#db/tables'
import { setToExcluded } from '#db/upsert'
import type { Clock } from '#platform/clock'
import { getErrorMessage } from '#platform/errors'
import type { Log } from '#platform/log'
import type { IpFactsStore } from '#signals/network/networks'
import type { IpFacts } from '#signals/signals'

interface IpFactsDeps {
  db: Queryable
  clock: Clock
  log: Log
}

export const IP_FACTS_TTL_MS = 365 * 86_400_000

/** Logs database failures and carries on: a scan can do without these facts. */
export function createIpFactsStore({ db, clock, log }: IpFactsDeps): IpFactsStore {
  const failed = (error: unknown) => log.warn('ip_facts_failed', { problem: getErrorMessage(error) })
  return {
    async find(ips) {
      try {
        const isWanted = and(inArray(ipFacts.ip, ips), gte(ipFacts.seenAt, oldestFresh(clock.now())))
        const rows = await db.select().from(ipFacts).where(isWanted)
        return rows.map(({ seenAt: _seenAt, source, ...facts }) => ({ ...facts, source: source as IpFacts['source'] }))
      } catch (error) {
        failed(error)
        return []
      }
    },
    async save(facts) {
      try {
        // One lock order for all writers prevents deadlocks.
        const sorted = facts.toSorted((a, b) => (a.ip < b.ip ? -1 : 1))
        await upsert(db, sorted, clock.now())
        await db.delete(ipFacts).where(lt(ipFacts.seenAt, oldestFresh(clock.now())))
      } catch (error) {
        failed(error)
      }
    },
  }
}

function oldestFresh(now: Date): Date {
  return new Date(now.getTime() - IP_FACTS_TTL_MS)
}

async function upsert(db: Queryable, facts: IpFacts[], seenAt: Date): Promise<void> {
  await db
    .insert(ipFacts)
    .values(facts.map((each) => ({ ...toStorableText(each), seenAt })))
    .onConflictDoUpdate({ target: ipFacts.ip, set: setToExcluded(ipFacts) })
}
