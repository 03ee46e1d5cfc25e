/** Names the other columns of the lists behind some leads, so that an export can give each a column of its own. */
import { and, type SQL, sql } from 'drizzle-orm'
import type { Queryable } from '#db/client'
import { listedCompanies } from '#db/tables'
import { joinLeads, type LeadTable } from '#leads/list/join-leads'
import { buildConditions, type LeadFilters } from '#leads/list/lead-filters'
import { buildSearchParts } from '#leads/list/search-text'
import { nameKey } from '#leads/listed/listed-company'

/** A spreadsheet with more columns is of no use to a person. */
const NAMES_MAX = 200

interface Found {
  name: string
  leads: number
  /** Sum of the places that it has in the lists. */
  places: number
}

/** Different spellings of a name are one; the commonest stands for them. In the order that the lists have, mostly. */
export async function listFieldNames(db: Queryable, filters: LeadFilters): Promise<string[]> {
  const parts = filters.text === undefined ? [undefined] : buildSearchParts(filters.text)
  const found: Found[] = []
  for (const part of parts) {
    const tables = [listedCompanies, ...(part ? [part.table] : [])]
    found.push(...(await countNames(db, tables, and(...buildConditions(filters), part?.matches))))
  }
  const columns = [...Map.groupBy(found, ({ name }) => nameKey(name)).values()].map((same) => ({
    name: same.toSorted((one, other) => other.leads - one.leads)[0]?.name ?? '',
    leads: sum(same.map(({ leads }) => leads)),
    place: sum(same.map(({ places }) => places)) / sum(same.map(({ leads }) => leads)),
  }))
  const kept = columns.toSorted((one, other) => other.leads - one.leads).slice(0, NAMES_MAX)
  return kept.toSorted((one, other) => one.place - other.place).map(({ name }) => name)
}

async function countNames(db: Queryable, tables: LeadTable[], wanted: SQL | undefined): Promise<Found[]> {
  const { rows } = await db.execute<Found & Record<string, unknown>>(sql`
    select field ->> 'name' as name, count(*)::float8 as leads, sum(place)::float8 as places
      from ${joinLeads(tables)} cross join jsonb_array_elements(${listedCompanies.fields}) with ordinality as listed (field, place)
     where ${wanted ?? sql`true`}
     group by 1 order by 2 desc limit 1000`)
  return rows
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
