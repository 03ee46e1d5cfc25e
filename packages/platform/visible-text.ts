/** Recognises text that shows everything it contains, in reading order. */

/**
 * Controls (C0, C1), line and paragraph separators, lone surrogates, characters without a glyph or a width, and those
 * that change the reading order. With them, two names could look alike, and a terminal would obey.
 */
const HIDDEN =
  /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\u2800]/u
/** Joiners and variation selectors are part of emoji: without them a family would be four people. */
const EMOJI = /\p{RGI_Emoji}/gv

export function hasHiddenText(text: string): boolean {
  return HIDDEN.test(text) && HIDDEN.test(text.replace(EMOJI, ''))
}

export function hasCharacters(text: string, min: number, max: number): boolean {
  if (text.length > 2 * max) return false // too long by any count, so do not count
  const count = countCharacters(text)
  return count >= min && count <= max
}

/** Counts code points, like JSON Schema: many an emoji is one code point and two code units of JavaScript. */
export function countCharacters(text: string): number {
  return Array.from(text).length
}
