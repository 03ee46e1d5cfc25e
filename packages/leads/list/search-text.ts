/** What a typed text looks for, and how the database is asked for it. */
import { foldForSearch } from '#leads/list/fold'

/** The index on parts of a domain knows none that are shorter than this, and none without a letter or a digit. */
const PART = /^(?=.*[\p{L}\p{N}]).{3}/su

/** A pattern for LIKE: the text somewhere in it, or at its beginning where an index cannot find parts. */
export function buildLikePattern(text: string): string {
  const folded = foldForSearch(extractHost(text))
  const escaped = folded.replace(/[\\%_]/g, '\\$&')
  return PART.test(folded) ? `%${escaped}%` : `${escaped}%`
}

/** A URL and an e-mail address stand for their host, as everywhere; text that is neither stays whole. */
function extractHost(text: string): string {
  const typed = text.trim()
  const rest = typed.replace(/^(?:mailto:|[a-z][a-z0-9+.-]*:\/\/)/i, '').replace(/[/?#].*$/, '')
  return rest.replace(/^.*@/, '').replace(/^www\./i, '') || typed
}
