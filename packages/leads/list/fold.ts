/** Folds text into the one form in which searches compare it. */
import { domainToUnicode } from 'node:url'

/**
 * Letters that Unicode does not decompose into a plain letter and an accent, and the sigma that Greek writes at the end
 * of a word.
 */
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
/** Limited to Latin: elsewhere a mark makes another letter (й) or is the vowel. */
const MARKS_OF_LATIN = /(\p{Script=Latin})\p{M}+/gu

/**
 * Makes `ŞİRKET`, `sirket` and `Şirket` equal, and `ISPARTA`, `ısparta` and `isparta`, so that a Turkish keyboard finds
 * what an English one finds. Removes accents from Latin letters; changes only the case of Greek, Cyrillic and others.
 * Pure.
 */
export function foldForSearch(text: string): string {
  const lower = text.normalize('NFKD').toLowerCase().replace(MARKS_OF_LATIN, '$1')
  return lower.replace(FOLDED, (letter) => PLAIN[letter] ?? letter).normalize('NFC')
}

/** Form of a domain that searches use; null when the domain itself serves, as every ASCII domain does. */
export function foldDomain(domain: string): string | null {
  if (!isPunycode(domain)) return null
  return foldForSearch(domainToUnicode(domain)) || domain
}

function isPunycode(domain: string): boolean {
  return domain.split('.').some((label) => label.startsWith('xn--'))
}
