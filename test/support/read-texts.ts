/** A comment or a string of a source file: where it begins, and what a reader sees of it. */
interface SourceText {
  kind: 'comment' | 'string'
  start: number
  text: string
}

const REGEX = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y
const TOKEN = /\/\/[^\n]*|\/\*[^]*?\*\/|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|[`{}]|[\w$]+|\s+|[^]/y
/** A slash after one of these begins a regular expression; after anything else it divides. */
const BEFORE_REGEX = /^(?:[([{,;=:?&|!~+\-*%<>^]|return|typeof|case|in|of|new|delete|void|yield|await)$/

/**
 * Splits TypeScript into its comments and strings. Consecutive `//` lines form one comment; `{}` stands for a value in a
 * template.
 */
export function readTexts(source: string): SourceText[] {
  const texts: SourceText[] = []
  const templates: { at: number; text: string; depth: number }[] = []
  let previous = ';'
  let depth = 0
  let at = 0
  let lineCommentEnd = 0

  const add = (kind: SourceText['kind'], start: number, text: string) => texts.push({ kind, start, text })

  /** Reads a template up to its next value or its end. */
  function readTemplate(): void {
    const template = templates.at(-1)!
    for (; at < source.length; at++) {
      if (source[at] === '\\') template.text += source[++at]
      else if (source[at] === '`') {
        at++
        templates.pop()
        add('string', template.at, template.text)
        previous = '`'
        return
      } else if (source.startsWith('${', at)) {
        at += 2
        template.text += '{}'
        template.depth = depth++
        previous = '{'
        return
      } else template.text += source[at]
    }
  }

  while (at < source.length) {
    const start = at
    if (source[at] === '/' && !/[/*]/.test(source[at + 1] ?? '') && BEFORE_REGEX.test(previous)) {
      REGEX.lastIndex = at
      if (REGEX.test(source)) {
        at = REGEX.lastIndex
        previous = '/'
        continue
      }
    }
    TOKEN.lastIndex = at
    const [token] = TOKEN.exec(source)!
    at += token.length
    if (token.startsWith('//') || token.startsWith('/*')) {
      const text = token.replace(/^\/\*+|\*+\/$|^\/\//g, '').replace(/^\s*\*/gm, '')
      if (token.startsWith('//') && /^\n *$/.test(source.slice(lineCommentEnd, start))) texts.at(-1)!.text += text
      else add('comment', start, text)
      if (token.startsWith('//')) lineCommentEnd = at
      continue
    }
    if (/^\s/.test(token)) continue
    previous = token
    if (token.length > 1 && /^['"]/.test(token)) add('string', start, token.slice(1, -1).replace(/\\(.)/g, '$1'))
    else if (token === '`') {
      templates.push({ at: start, text: '', depth })
      readTemplate()
    } else if (token === '{') depth++
    else if (token === '}' && --depth === templates.at(-1)?.depth) readTemplate()
  }
  return texts.map((text) => ({ ...text, text: text.text.replace(/\s+/g, ' ').trim() }))
}
