/** The letters that the PDF's fonts have. `test/support/write-pdf-fonts.ts` makes the fonts from this list. */

const LATIN = Array.from({ length: 0x180 - 0x20 }, (_, at) => String.fromCharCode(at + 0x20))
  .filter((letter) => !/[\p{C}ŉ]/u.test(letter))
  .join('')
const SYMBOLS = '‘’‚“”„–—…•−₺€→✓≤≥□'

export const LETTERS = LATIN + SYMBOLS
const KNOWN = new Set(LETTERS)

/** Stands for a letter that no font here has, as it does for a byte that is no text. */
const NO_LETTER = '□'

export function hasLetters(text: string): boolean {
  return Array.from(text.normalize('NFC')).every((letter) => KNOWN.has(letter))
}

/**
 * Makes text from strangers safe to set: on one line, with a mark for each letter that the fonts lack and for controls,
 * and cut at a length that no page needs.
 */
export function toSetText(text: string, lengthMax: number): string {
  // a cut before the work: records may be 64 kB
  const letters = Array.from(text.slice(0, 2 * lengthMax).normalize('NFC'), (letter) => {
    if (KNOWN.has(letter)) return letter
    return /\s/.test(letter) ? ' ' : NO_LETTER
  })
  const isCut = letters.length > lengthMax || text.length > 2 * lengthMax
  return isCut ? `${letters.slice(0, lengthMax - 1).join('')}…` : letters.join('')
}
