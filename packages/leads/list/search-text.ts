/** Turns a typed text into the conditions of a search. */
import { and, isNotNull, like, or, type SQL } from 'drizzle-orm'
import { companies, listedCompanies } from '#db/tables'
import { foldForSearch } from '#leads/list/fold'
import type { LeadTable } from '#leads/list/join-leads'

/** One of the places that a text may be in. Each has an index of its own, which an OR over all would defeat. */
export interface SearchPart {
  /** Table that holds the place, and the condition there. */
  table: LeadTable
  matches: SQL
  /** True of a company that an earlier part finds as well. */
  isKnown?: SQL | undefined
}

/** The ASCII domain, the folded form of the few domains that have one, and what lists say of the company. */
export function buildSearchParts(text: string): SearchPart[] {
  const [name, words] = [buildLikePattern(text), toPattern(extractHostOfAddress(text))]
  const { domain, domainFolded } = companies
  return [
    { table: companies, matches: like(domain, name) },
    { table: companies, matches: like(domainFolded, name), isKnown: like(domain, name) },
    {
      table: listedCompanies,
      matches: like(listedCompanies.searchText, words),
      isKnown: or(like(domain, name), and(isNotNull(domainFolded), like(domainFolded, name))),
    },
  ]
}

/** The trigram index finds nothing shorter than this, and nothing without a letter or a digit. */
const PART = /^(?=.*[\p{L}\p{N}]).{3}/su

/** The pattern for domains: a URL or an e-mail address is searched as its host. */
export function buildLikePattern(text: string): string {
  return toPattern(extractHost(text))
}

/** What a domain must begin with; undefined for a text that may be anywhere in it. */
export function findDomainStart(text: string): string | undefined {
  const folded = foldForSearch(extractHost(text))
  return PART.test(folded) ? undefined : folded
}

/** Matches the text anywhere, or only at the beginning when the index cannot find parts. */
function toPattern(text: string): string {
  const folded = foldForSearch(text)
  const escaped = folded.replace(/[\\%_]/g, '\\$&')
  return PART.test(folded) ? `%${escaped}%` : `${escaped}%`
}

/** Takes the host of a URL or an e-mail address; leaves any other text whole. */
function extractHost(text: string): string {
  const typed = text.trim()
  const rest = typed.replace(/^(?:mailto:|[a-z][a-z0-9+.-]*:\/\/)/i, '').replace(/[/?#].*$/, '')
  return rest.replace(/^.*@/, '').replace(/^www\./i, '') || typed
}

/** A slash may belong to a company's name; only an address has a host. */
function extractHostOfAddress(text: string): string {
  return /@|:\/\//.test(text) ? extractHost(text) : text.trim().replace(/\s+/g, ' ')
}
