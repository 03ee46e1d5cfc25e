/** Turns a typed text into a LIKE pattern. */
import { foldForSearch } from '#leads/list/fold'

/** The trigram index finds nothing shorter than this, and nothing without a letter or a digit. */
const PART = /^(?=.*[\p{L}\p{N}]).{3}/su

/** Matches the text anywhere, or only at the beginning when the index cannot find parts. */
export function buildLikePattern(text: string): string {
  const folded = foldForSearch(extractHost(text))
  const escaped = folded.replace(/[\\%_]/g, '\\$&')
  return PART.test(folded) ? `%${escaped}%` : `${escaped}%`
}

/** Takes the host of a URL or an e-mail address; leaves any other text whole. */
function extractHost(text: string): string {
  const typed = text.trim()
  const rest = typed.replace(/^(?:mailto:|[a-z][a-z0-9+.-]*:\/\/)/i, '').replace(/[/?#].*$/, '')
  return rest.replace(/^.*@/, '').replace(/^www\./i, '') || typed
}
