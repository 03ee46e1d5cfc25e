/** Stores a page of referrals without those that Postgres refuses. */
import { findSqlState } from '#db/failure'
import { type Page, type StoreDeps, storePage, type StoredPage } from '#referrals/store-page'

interface StoredPart extends StoredPage {
  /** Referrals that Postgres refuses. */
  refused: number
}

/**
 * Halves a page that Postgres refuses until each bad referral stands alone, and leaves that one out: it would stop every
 * later sync. The place in the list moves once all parts are stored. @throws LeaseLost
 */
export async function* storeInParts(deps: StoreDeps, page: Page): AsyncGenerator<StoredPart> {
  const { leaseId, referrals, readTo } = page
  const stored = await storePage(deps, page).catch((thrown: unknown) => {
    if (referrals.length === 0 || !isRefused(thrown)) throw thrown
    return undefined
  })
  if (stored) {
    yield { ...stored, refused: 0 }
    return
  }
  const middle = Math.ceil(referrals.length / 2)
  if (referrals.length === 1) yield { ...NOTHING, refused: 1 }
  else
    for (const half of [referrals.slice(0, middle), referrals.slice(middle)])
      yield* storeInParts(deps, { leaseId, referrals: half, readTo: null })
  if (readTo !== null) await storePage(deps, { leaseId, referrals: [], readTo })
}

const NOTHING = { changed: 0, scanned: 0, jobId: null }

/** SQLSTATEs of data that no column takes, of a missing value or a failed check, and of what is too long for an index. */
const REFUSED = /^(?:22...|23502|23514|54...)$/

function isRefused(thrown: unknown): boolean {
  return REFUSED.test(findSqlState(thrown) ?? '')
}
