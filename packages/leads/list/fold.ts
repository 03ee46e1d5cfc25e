/** The one form in which a search and what it looks through are compared. */
import { domainToUnicode } from 'node:url'

/** Letters that Unicode does not take apart into a plain one and an accent; the Greek sigma has another form at a word's end. */
const PLAIN: Record<string, string> = {
  ı: 'i',
  ß: 'ss',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  ħ: 'h',
  ŧ: 't',
  æ: 'ae',
  œ: 'oe',
  þ: 'th',
  ς: 'σ',
  '。': '.',
}
const FOLDED = new RegExp(`[${Object.keys(PLAIN).join('')}]`, 'gu')
/** Elsewhere a mark makes another letter (й) or is the vowel. */
const MARKS_OF_LATIN = /(\p{Script=Latin})\p{M}+/gu

/**
 * `ŞİRKET`, `sirket` and `Şirket` are one, and so are `ISPARTA`, `ısparta` and `isparta`: a Turkish keyboard finds what an
 * English one finds. Latin letters lose their accents; Greek, Cyrillic and others only their case. Pure.
 */
export function foldForSearch(text: string): string {
  const lower = text.normalize('NFKD').toLowerCase().replace(MARKS_OF_LATIN, '$1')
  return lower.replace(FOLDED, (letter) => PLAIN[letter] ?? letter).normalize('NFC')
}

/** What is kept beside a domain for searches; null where it is the domain itself, as with all that is ASCII. */
export function foldDomain(domain: string): string | null {
  if (!isPunycode(domain)) return null
  return foldForSearch(domainToUnicode(domain)) || domain
}

function isPunycode(domain: string): boolean {
  return domain.split('.').some((label) => label.startsWith('xn--'))
}
