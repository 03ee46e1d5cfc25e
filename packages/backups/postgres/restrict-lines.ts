/**
 * pg_dump's wrapper for WASM removes every line that begins with `\restrict` or `\unrestrict`, psql's commands that
 * pg_dump itself writes, and with them such lines in a function's body or a comment. So those words never get there:
 * one letter of each is another while it is with pg_dump. No length changes, since they travel inside of messages.
 */
const WORD = /\\(?:un)?restrict/gi
const HIDDEN = /\\(?:un)?restr[!?]ct/gi
/** Where the letter is, from the word's end. */
const LETTER = 3

const HIDE: Record<string, string> = { i: '!', I: '?' }
const REVEAL: Record<string, string> = { '!': 'i', '?': 'I' }

/** Changes the bytes in place. @throws Error when they hold a word that looks hidden already */
export function hideRestrict(bytes: Buffer): Buffer {
  if (bytes.toString('latin1').search(HIDDEN) !== -1)
    throw new Error('a definition holds a word that stands for \\restrict')
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

/** In every encoding of a server, these letters are single bytes and part of no other character. */
function exchange(bytes: Buffer, words: RegExp, letters: Record<string, string>): Buffer {
  for (const { 0: word, index } of bytes.toString('latin1').matchAll(words)) {
    const at = index + word.length - LETTER
    bytes.write(letters[String.fromCharCode(bytes[at] as number)] as string, at, 'latin1')
  }
  return bytes
}
