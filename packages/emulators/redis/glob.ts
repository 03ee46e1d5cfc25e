/** Matches Redis's key patterns: `*`, `?`, `[abc]`, `[^a-z]`, and `\` to escape a character. */
export function matchesGlob(pattern: string, text: string): boolean {
  return pattern === '*' || compileGlob(pattern).test(text)
}

const TOKEN = /\\[\s\S]|\[(?:\\[\s\S]|[^\]\\])*\]|\*+|[\s\S]/gu
const CLASS_MEMBER = /(\\?[\s\S])(?:-(\\?[\s\S]))?/gu

function compileGlob(pattern: string): RegExp {
  return new RegExp(`^${(pattern.match(TOKEN) ?? []).map(regexPart).join('')}$`, 'su')
}

function regexPart(token: string): string {
  if (token.startsWith('*')) return '.*'
  if (token === '?') return '.'
  if (token.length > 1 && token.startsWith('[')) return classPart(token.slice(1, -1))
  return escaped(token)
}

function classPart(inside: string): string {
  const negated = inside.startsWith('^')
  const members = [...inside.slice(negated ? 1 : 0).matchAll(CLASS_MEMBER)]
  const ranges = members.map(([, from = '', to = from]) => [escaped(from), escaped(to)].sort().join('-'))
  if (ranges.length === 0) return negated ? '.' : '(?!)'
  return `[${negated ? '^' : ''}${ranges.join('')}]`
}

/** Escapes the token's last character for a regex (the one before it can only be a backslash). */
function escaped(token: string): string {
  const codePoint = token.codePointAt(token.length > 1 && token.startsWith('\\') ? 1 : 0) ?? 0
  return `\\u{${codePoint.toString(16).padStart(6, '0')}}`
}
