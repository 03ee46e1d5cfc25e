/** Measures how many columns of a terminal a text takes, which is neither its length nor its number of letters. */
import { stripVTControlCharacters } from 'node:util'

const ONE_COLUMN_EACH = /^[\x20-\x7e]*$/

/** Characters two columns wide by Unicode's East Asian Width (UAX #11: W and F), or drawn as emoji. */
const TWO_COLUMNS =
  /[\u1100-\u115F\u2329\u232A\u2E80-\u303E\u3041-\uA4CF\uA960-\uA97C\uAC00-\uD7A3\uF900-\uFAFF\uFE10-\uFE19\uFE30-\uFE6F\uFF01-\uFF60\uFFE0-\uFFE6\u{16FE0}-\u{18DFF}\u{1AFF0}-\u{1B2FF}\u{20000}-\u{3FFFD}]|\uFE0F|\p{Emoji_Presentation}/u

const NO_COLUMN = /^[\p{Mn}\p{Me}\p{Cf}\p{Cc}]+$/u

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** Colours take no space. */
export function measureWidth(text: string): number {
  const plain = stripVTControlCharacters(text)
  if (ONE_COLUMN_EACH.test(plain)) return plain.length
  return splitGraphemes(plain).reduce((sum, each) => sum + graphemeWidth(each), 0)
}

/** Returns the text if it fits, else its beginning and `…`; a colour ends with the text. */
export function cutText(text: string, width: number): string {
  if (measureWidth(text) <= width) return text
  const head = takeColumns(stripVTControlCharacters(text), width - 1)
  return repaint(text, `${measureWidth(head) < width ? head : ''}…`)
}

/**
 * Breaks the text into lines of at most this width, between words, and inside a word only when it is too wide alone.
 */
export function wrapText(text: string, width: number): string[] {
  if (measureWidth(text) <= width) return [text]
  const lines: string[] = []
  let line = ''
  for (const word of stripVTControlCharacters(text).split(' ')) {
    if (line !== '' && measureWidth(line) + 1 + measureWidth(word) <= width) {
      line += ` ${word}`
      continue
    }
    if (line !== '') lines.push(line)
    line = word
    while (measureWidth(line) > width) {
      const head = takeColumns(line, width)
      lines.push(head)
      line = line.slice(head.length)
    }
  }
  return [...lines, line].map((each) => repaint(text, each))
}

/** Returns as much of the beginning as fits, and at least one letter. */
function takeColumns(text: string, width: number): string {
  let head = ''
  let left = width
  for (const each of splitGraphemes(text)) {
    left -= graphemeWidth(each)
    if (left < 0 && head !== '') break
    head += each
  }
  return head
}

function splitGraphemes(text: string): string[] {
  return Array.from(graphemes.segment(text), ({ segment }) => segment)
}

function graphemeWidth(grapheme: string): number {
  if (NO_COLUMN.test(grapheme)) return 0
  return TWO_COLUMNS.test(grapheme) ? 2 : 1
}

const ESCAPE = '\u001B['

/** A cell starts with one colour at most: what is cut from it keeps that colour. */
function repaint(painted: string, plain: string): string {
  if (!painted.startsWith(ESCAPE)) return plain
  return `${painted.slice(0, painted.indexOf('m') + 1)}${plain}${ESCAPE}0m`
}
