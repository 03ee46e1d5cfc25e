/** Finds refused rows by what their texts name: no company belongs to them. */
import { domainToUnicode } from 'node:url'
import { and, arrayContains, isNull, type SQL, sql } from 'drizzle-orm'
import type { PgColumn } from 'drizzle-orm/pg-core'
import { rawLeads, scanJobDomains } from '#db/tables'
import type { Transaction } from '#db/transaction'
import type { Domain } from '#signals/normalise'

export interface RefusedRows {
  table: typeof rawLeads | typeof scanJobDomains
  key: PgColumn[]
  isRefused: SQL
  /** Returns how many. `hasNames`: false where an older release made the table. */
  erase: (tx: Transaction, which: SQL | undefined, hasNames?: boolean) => Promise<number>
}

/** Reason of an input that an erasure emptied. */
export const ERASED = 'LEAD_ERASED'

const IMPORTED: RefusedRows = {
  table: rawLeads,
  key: [rawLeads.id],
  isRefused: isNull(rawLeads.companyId),
  erase: async (tx, which) => (await tx.delete(rawLeads).where(which)).rowCount ?? 0,
}
/** The rows stay, without their texts, so that the job's counts stay true. */
const SCANNED: RefusedRows = {
  table: scanJobDomains,
  key: [scanJobDomains.jobId, scanJobDomains.position],
  isRefused: isNull(scanJobDomains.domain),
  erase: async (tx, which, hasNames = true) => {
    const emptied = { input: '', message: null, reason: ERASED, ...(hasNames && { names: [] }) }
    return (await tx.update(scanJobDomains).set(emptied).where(which)).rowCount ?? 0
  },
}

export const REFUSED = [IMPORTED, SCANNED]

interface ErasedRefusals {
  importedRows: number
  scanInputs: number
}

/** Erases the rows that name the domain or a host below it. */
export async function eraseRefusals(tx: Transaction, domain: Domain): Promise<ErasedRefusals> {
  return { importedRows: await eraseNamed(tx, IMPORTED, domain), scanInputs: await eraseNamed(tx, SCANNED, domain) }
}

/** Reads the rows without names first: one that gets its names meanwhile is then found by them. */
async function eraseNamed(tx: Transaction, { table, isRefused, erase }: RefusedRows, domain: Domain): Promise<number> {
  const unnamed = await erase(tx, and(isRefused, isNull(table.names), matchText(sql`${table.input}::text`, domain)))
  return unnamed + (await erase(tx, and(isRefused, arrayContains(table.names, [domain]))))
}

/** JSON writes a line break between two names as `\\n`, whose letter would join the second one. Two indexes repeat it. */
const JSON_ESCAPE = String.raw`\\(["\\/bfnrt]|u[0-9a-f]{4})`

/** Finds the domain, or a host below it, as a whole name, in punycode and in Unicode. `text` may be JSON. */
export function matchText(text: SQL, domain: Domain): SQL {
  const spellings = [...new Set([domain, domainToUnicode(domain)])].filter((spelling) => spelling !== '')
  const names = spellings.map((spelling) => spelling.replace(/[^\p{L}\p{N}-]/gu, '\\$&')).join('|')
  const named = `(^|[^[:alnum:]-])(${names})($|[^[:alnum:].-]|\\.($|[^[:alnum:]-]))`
  return sql`regexp_replace(${text}, ${JSON_ESCAPE}, ' ', 'g') ~* ${named}`
}

interface Batch {
  /** The last row of the batch before. */
  after: RefusedRow | undefined
  which?: SQL
  lock?: SQL
}

/** Holds the key's columns under their names, too. */
export interface RefusedRow extends Record<string, unknown> {
  ctid: string
  input: unknown
}

const BATCH = 500

/** Returns rows in the order of their keys. */
export async function readBatch(
  tx: Transaction,
  { table, key, isRefused }: RefusedRows,
  { after, which, lock }: Batch,
): Promise<RefusedRow[]> {
  const columns = sql.join(key, sql`, `)
  const place =
    after &&
    sql.join(
      key.map(({ name }) => sql`${after[name]}`),
      sql`, `,
    )
  const { rows } = await tx.execute<RefusedRow>(sql`
    select ctid, ${columns}, ${table.input} from ${table}
     where ${and(isRefused, which, place && sql`(${columns}) > (${place})`)}
     order by ${columns} limit ${sql.raw(String(BATCH))} ${lock ?? sql``}`)
  return rows
}
