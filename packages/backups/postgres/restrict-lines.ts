/**
 * Protects lines that begin with `\restrict` or `\unrestrict` from pg_dump's WASM wrapper. The wrapper removes all of
 * them, because pg_dump writes these psql commands itself; it would also remove such lines from a function's body or a
 * comment. One letter of each word is replaced while pg_dump handles it. The length stays the same, since the words
 * travel inside protocol messages.
 */
const WORD = /\\(?:un)?restrict/gi
const HIDDEN = /\\(?:un)?restr[!?]ct/gi
/** Position of the letter, counted from the word's end. */
const LETTER = 3

const HIDE: Record<string, string> = { i: '!', I: '?' }
const REVEAL: Record<string, string> = { '!': 'i', '?': 'I' }

/** Changes the bytes in place. @throws Error when they hold a word that looks hidden already */
export function hideRestrict(bytes: Buffer): Buffer {
  if (bytes.toString('latin1').search(HIDDEN) !== -1)
    throw new Error('a definition contains the placeholder for \\restrict')
  return exchange(bytes, WORD, HIDE)
}

/** Changes the bytes in place. */
export function revealRestrict(bytes: Buffer): Buffer {
  return exchange(bytes, HIDDEN, REVEAL)
}

export function revealRestrictIn(sql: string): string {
  return sql.replaceAll(HIDDEN, (word) => {
    const at = word.length - LETTER
    return word.slice(0, at) + REVEAL[word.charAt(at)] + word.slice(at + 1)
  })
}

/** These letters are single bytes in every server encoding, and never part of another character. */
function exchange(bytes: Buffer, words: RegExp, letters: Record<string, string>): Buffer {
  for (const { 0: word, index } of bytes.toString('latin1').matchAll(words)) {
    const at = index + word.length - LETTER
    bytes.write(letters[String.fromCharCode(bytes[at] as number)] as string, at, 'latin1')
  }
  return bytes
}
