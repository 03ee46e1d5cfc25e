/** The overrides that scans go by: read at most once a minute by each process. */
import type { Queryable } from '#db/client'
import { readOverrides } from '#leads/provider-overrides'
import type { Clock } from '#platform/clock'
import type { ProviderOverride } from '#signals/provider/fingerprints'

export interface CurrentOverrides {
  /** Those in the database a minute ago at the earliest. @throws AppError DATABASE_UNAVAILABLE */
  read: () => Promise<readonly ProviderOverride[]>
  /** The next `read` asks the database: call it after a change. */
  invalidate: () => void
}

const LIFE_MS = 60_000

export function createCurrentOverrides({ db, clock }: { db: Queryable; clock: Clock }): CurrentOverrides {
  let current: { until: number; overrides: Promise<readonly ProviderOverride[]> } | undefined
  const forget = () => {
    current = undefined
  }
  return {
    invalidate: forget,
    read() {
      const now = clock.now().getTime()
      if (current && now < current.until) return current.overrides
      const overrides = readOverrides(db)
      const mine = (current = { until: now + LIFE_MS, overrides })
      // A failure is for those who wait for it, not for those who come later.
      overrides.catch(() => {
        if (current === mine) forget()
      })
      return overrides
    },
  }
}
