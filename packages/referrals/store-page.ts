/** Stores a page of referrals with the companies that they name, and judges these leads. */
import { and, eq, inArray, isNotNull, lt, sql } from 'drizzle-orm'
import type { Database } from '#db/client'
import { toStorableText } from '#db/storable'
import { companies, partnerCenter, partnerCenterReferrals, rawLeads } from '#db/tables'
import { runInTransaction, type Transaction } from '#db/transaction'
import { setToExcluded } from '#db/upsert'
import { limitListed, type ListedCompany, NOT_LISTED } from '#leads/listed/listed-company'
import { saveListed } from '#leads/listed/save-listed'
import { rescoreCompanies } from '#leads/rescore'
import { type CompanyId, lockCompanies } from '#leads/store'
import type { Clock } from '#platform/clock'
import { isNewer, type Referral } from '#referrals/referral'
import { insertJob, type JobId } from '#scans/bulk/create-job'
import type { ProviderOverride } from '#signals/provider/fingerprints'
import type { Domain } from '#signals/normalise'

export interface StoreDeps {
  db: Database
  clock: Clock
  newId: () => string
  /** Domains in a batch of a scan. */
  batchSize: number
  overrides: readonly ProviderOverride[]
}

export interface Page {
  leaseId: string
  /** Each once. */
  referrals: Referral[]
  /** Everything that changed until then is stored with this page. */
  readTo: string | null
}

export interface StoredPage {
  /** New, or other than before. */
  changed: number
  /** Domains of the scan. */
  scanned: number
  jobId: JobId | null
}

/** Source of the rows in `raw_leads`. */
const SOURCE = 'partner-center'

/** Safe to repeat: what is stored already changes nothing. @throws LeaseLost, and nothing is stored */
export async function storePage(deps: StoreDeps, { leaseId, referrals, readTo }: Page): Promise<StoredPage> {
  return runInTransaction(deps.db, async (tx) => {
    await moveOn(tx, leaseId, readTo)
    const known = await findStored(tx, referrals)
    const changed = referrals.filter((referral) => {
      const before = known.get(referral.id)
      if (!before) return !isOld(referral, deps.clock.now())
      return before.missing !== 'erased' && isNewer(referral, before)
    })
    if (changed.length === 0) return { changed: 0, scanned: 0, jobId: null }
    const touched = new Set(changed.flatMap(({ id, domain }) => [domain, known.get(id)?.domain ?? null]))
    const domains = [...touched].filter((domain) => domain !== null)
    const now = deps.clock.now()
    const ids =
      domains.length > 0
        ? await lockCompanies(
            tx,
            domains.map((domain) => ({ domain, at: now })),
          )
        : () => null
    const rows = changed.map((referral) => ({ referral, companyId: referral.domain && ids(referral.domain) }))
    const unscanned = await findUnscanned(tx, rows)
    await storeReferrals(deps, tx, { rows, known })
    await rescoreCompanies(deps, tx, { ids: domains.flatMap((domain) => ids(domain) ?? []), cause: 'referral' })
    const jobId = unscanned.length > 0 ? await insertJob(tx, deps, { inputs: unscanned, keyid: null }) : null
    if (jobId) await tx.update(partnerCenter).set({ unsentJob: jobId })
    return { changed: changed.length, scanned: unscanned.length, jobId }
  })
}

export class LeaseLost extends Error {}

/** Holds the connection's row until the end, so that one page is stored at a time. */
async function moveOn(tx: Transaction, leaseId: string, readTo: string | null): Promise<void> {
  const furthest = sql`greatest(${partnerCenter.readTo}, ${readTo}::text)`
  const { rowCount } = await tx.update(partnerCenter).set({ readTo: furthest }).where(eq(partnerCenter.lease, leaseId))
  if (rowCount !== 1) throw new LeaseLost('another sync has begun')
}

type StoredRow = Pick<typeof partnerCenterReferrals.$inferSelect, 'updatedAt' | 'eTag' | 'companyId' | 'rawLeadId'>
type Stored = Map<string, StoredRow & { domain: Domain | null; missing: string | null }>

/** Holds the rows, so that no company is erased that this page is about to name. */
async function findStored(tx: Transaction, referrals: Referral[]): Promise<Stored> {
  const { id, updatedAt, eTag, companyId, rawLeadId, domainMissing: missing } = partnerCenterReferrals
  const rows = await tx
    .select({ id, updatedAt, eTag, companyId, rawLeadId, missing, domain: companies.domain })
    .from(partnerCenterReferrals)
    .leftJoin(companies, eq(companies.id, companyId))
    .where(
      inArray(
        id,
        referrals.map((referral) => referral.id),
      ),
    )
    .orderBy(id)
    .for('update', { of: partnerCenterReferrals })
  return new Map(rows.map((row) => [row.id, { ...row, domain: row.domain as Domain | null }]))
}

interface Row {
  referral: Referral
  companyId: CompanyId | null
}

/** Companies that no scan knows and that no open referral named before: one scan serves all referrals. */
async function findUnscanned(tx: Transaction, rows: Row[]): Promise<string[]> {
  const open = rows.flatMap(({ referral, companyId }) => (companyId === null || referral.isClosed ? [] : [companyId]))
  if (open.length === 0) return []
  const found = await tx.execute<{ domain: string }>(sql`
    select domain from companies c
     where id = any(${sql.param(open)}::bigint[])
       and not exists (select from scans s where s.company_id = c.id)
       and not exists (select from partner_center_referrals r where r.company_id = c.id and r.closed_at is null)
     order by domain`)
  return found.rows.map(({ domain }) => domain)
}

async function storeReferrals(deps: StoreDeps, tx: Transaction, { rows, known }: { rows: Row[]; known: Stored }) {
  const now = deps.clock.now()
  const moved = rows.filter(({ referral, companyId }) => (known.get(referral.id)?.companyId ?? null) !== companyId)
  const rawLeadIds = await storeRawLeads(deps, tx, moved)
  const values = rows.map(({ referral, companyId }) => {
    const { domain: _domain, companyName: _companyName, isClosed, ...columns } = referral
    const before = known.get(referral.id)
    const rawLeadId = before?.companyId === companyId ? before.rawLeadId : (rawLeadIds.get(referral.id) ?? null)
    return {
      ...toStorableText(columns),
      companyId,
      rawLeadId,
      closedAt: isClosed ? new Date(referral.updatedAt) : null,
    }
  })
  await tx
    .insert(partnerCenterReferrals)
    .values(values)
    .onConflictDoUpdate({ target: partnerCenterReferrals.id, set: setToExcluded(partnerCenterReferrals) })
  const left = moved.flatMap(({ referral }) => known.get(referral.id)?.rawLeadId ?? [])
  if (left.length > 0) await tx.delete(rawLeads).where(inArray(rawLeads.id, left))
  const named = new Map<number, ListedCompany>()
  for (const { referral, companyId } of rows)
    if (companyId !== null) named.set(companyId, limitListed({ ...NOT_LISTED, company: referral.companyName }))
  await saveListed(tx, named, now)
}

/** Returns the new rows by the ids of their referrals. */
async function storeRawLeads({ newId, clock }: StoreDeps, tx: Transaction, rows: Row[]): Promise<Map<string, number>> {
  const importId = newId()
  const given = rows.filter(({ companyId }) => companyId !== null)
  if (given.length === 0) return new Map()
  const values = given.map(({ referral: { id, domain, companyName: company }, companyId }, at) => ({
    importId,
    source: SOURCE,
    line: at + 1,
    input: toStorableText({ referral: id, domain, company }),
    companyId,
    receivedAt: clock.now(),
  }))
  const stored = await tx.insert(rawLeads).values(values).returning({ id: rawLeads.id, line: rawLeads.line })
  return new Map(stored.map(({ id, line }) => [given[line - 1]?.referral.id ?? '', id]))
}

/** How long a closed referral is kept. */
const CLOSED_KEPT_MS = 90 * 86_400_000
const ERASED_MAX = 1_000

function isOld({ isClosed, updatedAt }: Referral, now: Date): boolean {
  return isClosed && new Date(updatedAt).getTime() < now.getTime() - CLOSED_KEPT_MS
}

/** Removes referrals that were closed 90 days ago, with their rows in `raw_leads`. They count for no score already. */
export async function eraseClosed({ db, clock }: Pick<StoreDeps, 'db' | 'clock'>): Promise<number> {
  const { id, closedAt, rawLeadId, domainMissing } = partnerCenterReferrals
  return runInTransaction(db, async (tx) => {
    const isKept = sql`${domainMissing} is distinct from 'erased'` // its id keeps an erased company away for good
    const old = and(isKept, isNotNull(closedAt), lt(closedAt, new Date(clock.now().getTime() - CLOSED_KEPT_MS)))
    const found = await tx
      .select({ id, rawLeadId })
      .from(partnerCenterReferrals)
      .where(old)
      .orderBy(id)
      .limit(ERASED_MAX)
      .for('update')
    if (found.length === 0) return 0
    await tx.delete(partnerCenterReferrals).where(
      inArray(
        id,
        found.map((row) => row.id),
      ),
    )
    const raw = found.flatMap((row) => row.rawLeadId ?? [])
    if (raw.length > 0) await tx.delete(rawLeads).where(inArray(rawLeads.id, raw))
    return found.length
  })
}
