/** What a list of leads can be filtered by, as conditions on `lead_scores`. */
import { and, eq, gte, inArray, lte, type SQL, sql } from 'drizzle-orm'
import { QueryBuilder } from 'drizzle-orm/pg-core'
import { leadMoves, leadScores, rawLeads } from '#db/tables'
import { type LeadOrder, listPriorityKeys } from '#leads/list/lead-order'
import type { ReferralKind } from '#leads/score/score'
import type { Segment } from '#leads/score/segment'

/** Filters of a list of leads. */
export interface LeadFilters {
  segment?: Segment | undefined
  /** Identifier of the mailbox provider, such as `google`. */
  provider?: string | undefined
  scoreMin?: number | undefined
  scoreMax?: number | undefined
  /** Part of the domain, or of what lists say, as people type it; one or two characters match only the beginning. */
  text?: string | undefined
  /** Only companies that this import brought, again or for the first time. */
  importId?: string | undefined
  /** Only companies of which a scan found a move from this time on. */
  movedSince?: Date | undefined
  /** Only companies whose best open referral is of this kind. */
  referral?: ReferralKind | undefined
}

function selectImported(importId: string) {
  return new QueryBuilder().select({ id: rawLeads.companyId }).from(rawLeads).where(eq(rawLeads.importId, importId))
}

function selectMoved(since: Date) {
  return new QueryBuilder().select({ id: leadMoves.companyId }).from(leadMoves).where(gte(leadMoves.at, since))
}

function selectReferred(kind: ReferralKind) {
  return new QueryBuilder().select({ id: leadScores.companyId }).from(leadScores).where(eq(leadScores.referral, kind))
}

type Conditions = { [Name in keyof LeadFilters]-?: (value: NonNullable<LeadFilters[Name]>) => SQL | undefined }

/** A filter without a condition would be documented, validated and ignored, so it does not compile. */
const CONDITIONS: Conditions = {
  segment: (segment) => eq(leadScores.segment, segment),
  provider: (provider) => eq(leadScores.mailbox, provider),
  scoreMin: (score) => gte(leadScores.value, score),
  scoreMax: (score) => lte(leadScores.value, score),
  importId: (importId) => inArray(leadScores.companyId, selectImported(importId)),
  movedSince: (since) => inArray(leadScores.companyId, selectMoved(since)),
  referral: (kind) => eq(leadScores.referral, kind),
  // a search has one part for each index
  text: () => undefined,
}

/** Conditions on `lead_scores`, as `joinLeads` names it. */
export function buildConditions(query: LeadFilters): (SQL | undefined)[] {
  const names = Object.keys(CONDITIONS) as (keyof LeadFilters)[]
  return names.map((name) => {
    const value = query[name]
    return value === undefined ? undefined : CONDITIONS[name](value as never)
  })
}

/**
 * A walk in the order of priorities reaches a band of scores by its keys: as a filter on scores, it would read all leads of
 * better priorities first.
 */
export function buildConditionsInOrder(
  { scoreMin, scoreMax, ...query }: LeadFilters,
  { name, column }: LeadOrder,
): SQL | undefined {
  const isBand = scoreMin !== undefined || scoreMax !== undefined
  if (name !== 'priority' || !isBand) return and(...buildConditions({ ...query, scoreMin, scoreMax }))
  const keys = sql.param(listPriorityKeys({ scoreMin, scoreMax }))
  return and(...buildConditions(query), sql`${column} = any(${keys}::int[])`)
}

/** Selects the companies of each filter that names a set of them, in a table of its own. */
export function selectSets({ importId, movedSince, referral }: LeadFilters): SQL[] {
  const sets = [
    importId === undefined ? undefined : selectImported(importId),
    movedSince && selectMoved(movedSince),
    referral && selectReferred(referral),
  ]
  return sets.flatMap((set) => (set ? [sql`${set}`] : []))
}
