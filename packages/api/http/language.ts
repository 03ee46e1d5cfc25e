import type { Context } from 'hono'
import { accepts } from 'hono/accepts'
import type { ApiEnv } from '#api/http/context'
import { SALES_LANGUAGES, type SalesLanguage } from '#leads/sales/summary'

/** A caller that names no language is most likely a sales tool in Turkey, and the text is read to companies there. */
const SPOKEN: SalesLanguage = 'tr'

/**
 * Chooses the language by `Accept-Language` and sets the response headers (RFC 9110 section 12.5.4). It looks languages
 * up as RFC 4647 section 3.4 says: `en-GB` gets `en`. `fallback` is for a caller that names neither language.
 */
export function negotiateLanguage(c: Context<ApiEnv>, fallback = SPOKEN): SalesLanguage {
  const language = accepts(c, {
    header: 'Accept-Language',
    supports: [...SALES_LANGUAGES],
    default: fallback,
    match: (accepted) =>
      pickLanguage(
        accepted.map(({ type, q }) => ({ tag: type.toLowerCase(), q })),
        fallback,
      ),
  }) as SalesLanguage
  c.header('Content-Language', language)
  c.header('Vary', 'Accept-Language', { append: true })
  return language
}

interface Accepted {
  tag: string
  q: number
}

/** Returns the language with the highest q; the first named wins a tie. */
function pickLanguage(accepted: Accepted[], fallback: SalesLanguage): SalesLanguage {
  const candidates = [fallback, ...SALES_LANGUAGES.filter((language) => language !== fallback)]
  const ranked = candidates.map((language) => ({ language, ...rankLanguage(language, accepted) }))
  return ranked.sort((a, b) => b.q - a.q || a.at - b.at)[0]?.language ?? fallback
}

/**
 * Rank of a language that was not named: above a refused one (q=0), below any named one. When nothing matches, an
 * answer in any language that was not refused is still useful.
 */
const NOT_NAMED = { q: 0.0001, at: Number.MAX_SAFE_INTEGER }

function rankLanguage(language: SalesLanguage, accepted: Accepted[]): { q: number; at: number } {
  const wishes = accepted.map(({ tag, q }, at) => ({ tag, q, at })).sort((a, b) => b.q - a.q)
  const named = wishes.find(({ tag }) => tag === language || tag.startsWith(`${language}-`))
  return named ?? wishes.find(({ tag }) => tag === '*') ?? NOT_NAMED
}
