import { countEdits, isNear } from '#platform/edit-distance'

/**
 * Suggests what a mistyped word meant: the nearest candidate by edit distance, or undefined when none is near, since a
 * wrong guess is worse than none.
 */
export function suggest(word: string, candidates: readonly string[]): string | undefined {
  let best: { candidate: string; edits: number } | undefined
  for (const candidate of candidates) {
    const edits = countEdits(word.toLowerCase(), candidate)
    if (isNear(edits, word, candidate) && edits < (best?.edits ?? Infinity)) best = { candidate, edits }
  }
  return best?.candidate
}
