/** What customers' lists say about a company, and which list is right when they disagree. Pure. */
import { foldForSearch } from '#leads/list/fold'

interface ListedField {
  name: string
  value: string
}

export interface ListedCompany {
  company: string | null
  /** Domain of the e-mail address, which may be a mail provider's. */
  emailDomain: string | null
  /** The list's other columns, without empty ones. */
  fields: ListedField[]
}

export const NOT_LISTED: ListedCompany = { company: null, emailDomain: null, fields: [] }

/** Characters, apart from `fields`; `raw_leads` keeps every row whole. */
export const LISTED_MAX = { company: 200, fields: 50, name: 100, value: 500, allFields: 4_000, searchText: 2_000 }

/** Cuts the texts and the number of the columns to what a lead may carry; drops empty ones. */
export function limitListed({ company, emailDomain, fields }: ListedCompany): ListedCompany {
  const kept: ListedField[] = []
  let room = LISTED_MAX.allFields
  for (const field of fields) {
    const name = tidyText(field.name, LISTED_MAX.name)
    const value = tidyText(field.value, LISTED_MAX.value)
    if (name === '' || value === '' || kept.length === LISTED_MAX.fields) continue
    room -= name.length + value.length
    if (room < 0) break
    kept.push({ name, value })
  }
  return { company: tidyText(company ?? '', LISTED_MAX.company) || null, emailDomain, fields: kept }
}

/**
 * The newer list wins wherever it says something; what it leaves empty, and columns that it lacks, stay as they were.
 * Its own columns come first, so that the limits drop old ones.
 */
export function mergeListed(older: ListedCompany, newer: ListedCompany): ListedCompany {
  const said = new Set(newer.fields.map(({ name }) => nameKey(name)))
  return limitListed({
    company: newer.company ?? older.company,
    emailDomain: newer.emailDomain ?? older.emailDomain,
    fields: [...newer.fields, ...older.fields.filter(({ name }) => !said.has(nameKey(name)))],
  })
}

/** False when the list names the domain and nothing else. */
export function saysSomething({ company, emailDomain, fields }: ListedCompany): boolean {
  return company !== null || emailDomain !== null || fields.length > 0
}

/** The text that a search compares; the name comes first, because a search of two letters looks at the beginning. */
export function buildSearchText({ company, emailDomain, fields }: ListedCompany): string {
  const parts = [company, emailDomain, ...fields.map(({ value }) => value)].filter((part) => part !== null)
  return cutText(foldForSearch(parts.join('\n')), LISTED_MAX.searchText)
}

/** The same for all spellings of a column's name. */
export function nameKey(name: string): string {
  return simplifyHeading(name) || name
}

/** `Alan Adı`, `alan_adi` and `ALANADI` are the same name; the fold makes the Turkish and the English I equal. */
export function simplifyHeading(heading: string): string {
  return foldForSearch(heading).replace(/[^\p{L}\p{N}]/gu, '')
}

/** What people write into a cell that they leave empty. */
const NOTHING = /^[-–—.]*$/

/** One line of at most `max` characters. */
function tidyText(text: string, max: number): string {
  const line = text.replace(/[\s\p{Cc}]+/gu, ' ').trim()
  return NOTHING.test(line) ? '' : cutText(line, max).trimEnd()
}

/** Leaves no half of a surrogate pair behind. */
function cutText(text: string, max: number): string {
  return text.length <= max ? text : text.slice(0, max).replace(/[\uD800-\uDBFF]$/, '')
}
