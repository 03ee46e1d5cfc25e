import type { Context } from 'hono'
import { accepts } from 'hono/accepts'
import type { ApiEnv } from '#api/http/context'
import { SALES_LANGUAGES, type SalesLanguage } from '#leads/sales/summary'

/** Who names no language is most likely a salesperson's tool in Turkey, and the text is read to companies there. */
const DEFAULT: SalesLanguage = 'tr'

/**
 * The language to answer in, by `Accept-Language` (RFC 9110 section 12.5.4; look-up as in RFC 4647 section 3.4, so that
 * `en-GB` is answered in `en`), and the headers that say so.
 */
export function negotiateLanguage(c: Context<ApiEnv>): SalesLanguage {
  const language = accepts(c, {
    header: 'Accept-Language',
    supports: [...SALES_LANGUAGES],
    default: DEFAULT,
    match: (accepted) => pickLanguage(accepted.map(({ type, q }) => ({ tag: type.toLowerCase(), q }))),
  }) as SalesLanguage
  c.header('Content-Language', language)
  c.header('Vary', 'Accept-Language', { append: true })
  return language
}

interface Accepted {
  tag: string
  q: number
}

/** The best wanted; the first named where two are wanted alike. */
function pickLanguage(accepted: Accepted[]): SalesLanguage {
  const candidates = [DEFAULT, ...SALES_LANGUAGES.filter((language) => language !== DEFAULT)]
  const ranked = candidates.map((language) => ({ language, ...rankLanguage(language, accepted) }))
  return ranked.sort((a, b) => b.q - a.q || a.at - b.at)[0]?.language ?? DEFAULT
}

/** More than a refusal, less than the least wish: where nothing fits, any answer that was not refused is of use. */
const NOT_NAMED = { q: 0.0001, at: Number.MAX_SAFE_INTEGER }

function rankLanguage(language: SalesLanguage, accepted: Accepted[]): { q: number; at: number } {
  const wishes = accepted.map(({ tag, q }, at) => ({ tag, q, at })).sort((a, b) => b.q - a.q)
  const named = wishes.find(({ tag }) => tag === language || tag.startsWith(`${language}-`))
  return named ?? wishes.find(({ tag }) => tag === '*') ?? NOT_NAMED
}
