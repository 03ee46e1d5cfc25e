/** Erases again, in a database that a backup brought back, what was erased since that backup. */
import { asc, getTableName, gt, isNotNull, sql } from 'drizzle-orm'
import type { PgColumn } from 'drizzle-orm/pg-core'
import type { Database } from '#db/client'
import { companies, erasures, scanJobDomains } from '#db/tables'
import { runInTransaction, type Transaction } from '#db/transaction'
import { hideInAudit } from '#leads/erasure/erase-lead'
import { forgetColumns } from '#leads/erasure/forget-columns'
import type { ErasureKey } from '#leads/erasure/hash-domain'
import { listNames } from '#leads/erasure/list-names'
import { readBatch, REFUSED, type RefusedRow } from '#leads/erasure/refused-rows'
import { removeRows } from '#leads/erasure/remove-rows'
import { AppError } from '#platform/errors'
import type { Domain } from '#signals/normalise'
import { formatCount } from '#platform/count-text'

interface Reapplied {
  /** Erasures that the other database did not know. */
  erasures: number
  /** Domains that were found there and erased. */
  domains: number
}

interface ReapplyInput {
  /** The live database, which knows every erasure. */
  from: Database
  /** The database that takes its place. */
  to: Database
  /** Undefined: no key is set. */
  key: ErasureKey | undefined
}

/**
 * Compares by the ids of the erasures and not by times: a company that was stored again after an erasure which the backup
 * already knew stays. @throws AppError ERASURES_NOT_APPLIED when a hash was made with another key
 */
export async function reapplyErasures({ from, to, key }: ReapplyInput): Promise<Reapplied> {
  if (!(await hasTable(from, 'erasures')) || !(await hasTable(to, 'companies'))) return { erasures: 0, domains: 0 }
  const keepsRecord = await hasTable(to, 'erasures')
  const known = new Set((keepsRecord ? await to.select({ id: erasures.id }).from(erasures) : []).map(({ id }) => id))
  const all = await from.select().from(erasures).orderBy(asc(erasures.erasedAt))
  const missing = all.filter(({ id }) => !known.has(id))
  const newest = missing.at(-1)
  if (!newest) return { erasures: 0, domains: 0 }
  const usable = requireKey(missing, key)
  const wanted = new Set(missing.map(({ domainHash }) => domainHash.toString('hex')))
  const isWanted = (domain: Domain) => wanted.has(usable.hash(domain).toString('hex'))
  const domains = [...(await findDomains(to, isWanted)).union(await sweepRefusals(to, isWanted))].sort()
  const hasReferrals = await hasTable(to, 'partner_center_referrals')
  const hasImports = await hasTable(to, 'imports')
  for (const domain of domains) {
    await runInTransaction(to, async (tx) => {
      await removeRows(tx, domain, { hasReferrals })
      if (hasImports) await forgetColumns(tx, domain, newest.erasedAt)
      await hideInAudit(tx, domain, usable.hash(domain))
    })
  }
  if (keepsRecord) await to.insert(erasures).values(missing)
  return { erasures: missing.length, domains: domains.length }
}

function requireKey(missing: { keyId: string }[], key: ErasureKey | undefined): ErasureKey {
  const foreign = missing.filter(({ keyId }) => keyId !== key?.id).length
  if (key && foreign === 0) return key
  throw new AppError(
    'ERASURES_NOT_APPLIED',
    `the restored database cannot take ${formatCount(foreign, 'erasure')} of the live one: the key that this needs is missing`,
  )
}

async function hasColumn(db: Database, { table, name }: PgColumn): Promise<boolean> {
  const { rowCount } = await db.execute(
    sql`select from pg_attribute where attrelid = ${getTableName(table)}::regclass and attname = ${name} and not attisdropped`,
  )
  return rowCount === 1
}

async function hasTable(db: Database, name: string): Promise<boolean> {
  const { rows } = await db.execute<{ there: boolean }>(
    sql`select to_regclass(${`public.${name}`}) is not null as there`,
  )
  return rows[0]?.there === true
}

/** Domains read at once. */
const PAGE = 10_000

async function findDomains(db: Database, isWanted: (domain: Domain) => boolean): Promise<Set<Domain>> {
  const found = new Set<Domain>()
  for (const [table, column] of [
    [companies, companies.domain],
    [scanJobDomains, scanJobDomains.domain],
  ] as const) {
    for await (const domain of walkDomains(db, table, column)) if (isWanted(domain)) found.add(domain)
  }
  return found
}

/**
 * Erases the refused rows that name a wanted domain, and returns these domains. Works out the names itself, so the database
 * may be one that an older release left.
 */
async function sweepRefusals(db: Database, isWanted: (domain: Domain) => boolean): Promise<Set<Domain>> {
  const found = new Set<Domain>()
  for (const place of REFUSED) {
    const hasNames = await hasColumn(db, place.table.names)
    const sweepBatch = async (tx: Transaction, after: RefusedRow | undefined) => {
      const rows = await readBatch(tx, place, { after })
      const naming = rows.filter(({ input }) => {
        const wanted = (listNames(input, Infinity) ?? []).filter((name) => isWanted(name as Domain))
        for (const name of wanted) found.add(name as Domain)
        return wanted.length > 0
      })
      const ids = naming.map(({ ctid }) => ctid)
      if (ids.length > 0) await place.erase(tx, sql`ctid = any(${sql.param(ids)}::tid[])`, hasNames)
      return rows.at(-1)
    }
    for (let after: RefusedRow | undefined; ;) {
      after = await runInTransaction(db, (tx) => sweepBatch(tx, after))
      if (!after) break
    }
  }
  return found
}

async function* walkDomains(
  db: Database,
  table: typeof companies | typeof scanJobDomains,
  column: PgColumn,
): AsyncGenerator<Domain> {
  for (let after = ''; ;) {
    const rows = await db
      .selectDistinct({ domain: column })
      .from(table)
      .where(after === '' ? isNotNull(column) : gt(column, after))
      .orderBy(asc(column))
      .limit(PAGE)
    for (const { domain } of rows) yield domain
    const last = rows.at(-1)
    if (!last) return
    after = String(last.domain)
  }
}
