/** Stores what a list says about companies: the one way in, whatever brought the list. */
import { asc, inArray, type SQL, sql } from 'drizzle-orm'
import { toStorableText } from '#db/storable'
import { listedCompanies } from '#db/tables'
import type { Transaction } from '#db/transaction'
import { setToExcluded } from '#db/upsert'
import { buildSearchText, type ListedCompany, mergeListed, saysSomething } from '#leads/listed/listed-company'

/**
 * Merges by company id with what earlier lists said. The caller holds the companies against erasure. New rows go in first
 * and known ones are locked after, both by id, so that two imports of the same companies wait and never lose a text.
 */
export async function saveListed(tx: Transaction, listed: ReadonlyMap<number, ListedCompany>, at: Date): Promise<void> {
  const given = [...listed].filter(([, said]) => saysSomething(said)).sort(([one], [other]) => one - other)
  if (given.length === 0) return
  const rows = given.map(([companyId, said]) => buildRow(companyId, said, at))
  const added = await tx
    .insert(listedCompanies)
    .select(passRows(rows))
    .onConflictDoNothing()
    .returning({ companyId: listedCompanies.companyId })
  const isNew = new Set(added.map(({ companyId }) => companyId))
  const known = given.map(([companyId]) => companyId).filter((companyId) => !isNew.has(companyId))
  if (known.length > 0) await mergeWithStored(tx, known, listed, at)
}

async function mergeWithStored(
  tx: Transaction,
  companyIds: number[],
  listed: ReadonlyMap<number, ListedCompany>,
  at: Date,
): Promise<void> {
  const stored = await tx
    .select()
    .from(listedCompanies)
    .where(inArray(listedCompanies.companyId, companyIds))
    .orderBy(asc(listedCompanies.companyId))
    .for('update')
  const changed = stored.flatMap((before) => {
    const { company, emailDomain, fields } = before
    const said = listed.get(before.companyId) as ListedCompany
    const row = buildRow(before.companyId, mergeListed({ company, emailDomain, fields }, said), at)
    return isSame(before, row) ? [] : [row]
  })
  if (changed.length === 0) return
  await tx
    .insert(listedCompanies)
    .select(passRows(changed))
    .onConflictDoUpdate({ target: listedCompanies.companyId, set: setToExcluded(listedCompanies) })
}

type Row = typeof listedCompanies.$inferSelect

/** One parameter for all rows, in the order of the table's columns. */
function passRows(rows: Row[]): SQL {
  return sql`select * from json_to_recordset(${JSON.stringify(rows)}) as given ("companyId" bigint, company text,
    "emailDomain" text, fields jsonb, "searchText" text, "updatedAt" timestamptz)`
}

function buildRow(companyId: number, said: ListedCompany, updatedAt: Date): Row {
  const storable = toStorableText(said)
  return { companyId, ...storable, searchText: buildSearchText(storable), updatedAt }
}

/** The same list again writes nothing: its texts' index is the dear part. */
function isSame(one: Row, other: Row): boolean {
  const key = ({ company, emailDomain, fields }: Row) =>
    JSON.stringify([company, emailDomain, fields.map(({ name, value }) => [name, value])])
  return key(one) === key(other)
}
