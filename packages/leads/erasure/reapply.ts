/** Erases again, in a database that a backup brought back, what was erased since that backup. */
import { asc, gt, isNotNull, sql } from 'drizzle-orm'
import type { PgColumn } from 'drizzle-orm/pg-core'
import type { Database } from '#db/client'
import { companies, erasures, scanJobDomains } from '#db/tables'
import { runInTransaction } from '#db/transaction'
import { hideInAudit } from '#leads/erasure/erase-lead'
import type { ErasureKey } from '#leads/erasure/hash-domain'
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
  const missing = (await from.select().from(erasures)).filter(({ id }) => !known.has(id))
  if (missing.length === 0) return { erasures: 0, domains: 0 }
  const usable = requireKey(missing, key)
  const wanted = new Set(missing.map(({ domainHash }) => domainHash.toString('hex')))
  const domains = await findDomains(to, (domain) => wanted.has(usable.hash(domain).toString('hex')))
  for (const domain of domains) {
    await runInTransaction(to, async (tx) => {
      await removeRows(tx, domain)
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

async function hasTable(db: Database, name: string): Promise<boolean> {
  const { rows } = await db.execute<{ there: boolean }>(
    sql`select to_regclass(${`public.${name}`}) is not null as there`,
  )
  return rows[0]?.there === true
}

/** Domains read at once. */
const PAGE = 10_000

async function findDomains(db: Database, isWanted: (domain: Domain) => boolean): Promise<Domain[]> {
  const found = new Set<Domain>()
  for (const [table, column] of [
    [companies, companies.domain],
    [scanJobDomains, scanJobDomains.domain],
  ] as const) {
    for await (const domain of walkDomains(db, table, column)) if (isWanted(domain)) found.add(domain)
  }
  return [...found].sort()
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
