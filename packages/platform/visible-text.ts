/** Text in which a person sees all that is there, and in its order. */

/**
 * Controls (C0, C1), line and paragraph separators, halves of surrogate pairs, what no font has, and what has no width or
 * turns the reading order: two names that look alike would be two, and a terminal would obey.
 */
const HIDDEN =
  /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\u2800]/u
/** Joiners and variation selectors belong in these: without them a family would be four people. */
const EMOJI = /\p{RGI_Emoji}/gv

export function hasHiddenText(text: string): boolean {
  return HIDDEN.test(text) && HIDDEN.test(text.replace(EMOJI, ''))
}

export function hasCharacters(text: string, min: number, max: number): boolean {
  if (text.length > 2 * max) return false // however long it is, nobody counts it
  const count = countCharacters(text)
  return count >= min && count <= max
}

/** Code points, as JSON Schema counts: many an emoji is one, though JavaScript has two code units for it. */
export function countCharacters(text: string): number {
  return Array.from(text).length
}
