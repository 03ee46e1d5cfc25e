/**
 * Parses JSON strictly: valid UTF-8 and no repeated names, so that every parser understands the body alike (RFC 8259
 * sections 4 and 8.1). A field named `__proto__` is refused, because zod drops it from a record and nothing that a
 * caller sends is ignored.
 */
import { AppError, getErrorMessage } from '#platform/errors'

/** @throws AppError BODY_NOT_JSON, VALIDATION_FAILED when an object repeats a name or has a field `__proto__` */
export function parseJson(bytes: Uint8Array): unknown {
  const text = decode(bytes)
  const value = parse(text)
  const refused = findRefusedName(text)
  if (refused === undefined) return value
  const fields = [{ field: refused.name.slice(0, 100), message: refused.message }]
  throw new AppError('VALIDATION_FAILED', 'an object in the body has a name that is not allowed', {
    details: { fields },
  })
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new AppError('BODY_NOT_JSON', 'the body is not UTF-8', { cause })
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    const where = locateFault(text, getErrorMessage(cause))
    throw new AppError('BODY_NOT_JSON', text.trim() === '' ? 'the body is empty' : `the body is not JSON${where}`, {
      cause,
    })
  }
}

/** Reads the place from V8's message, which may also quote the body: that part never leaves the service. */
function locateFault(text: string, message: string): string {
  if (/end of JSON input|Unterminated/.test(message)) return ': it ends too early'
  const position = /at position (\d+)/.exec(message)?.[1]
  if (position !== undefined) {
    const before = text.slice(0, Number(position)).split('\n')
    return `: see line ${before.length}, column ${(before.at(-1) ?? '').length + 1}`
  }
  const token = /^Unexpected token '(.)'/u.exec(message)?.[1]
  return token === undefined ? '' : `: ${JSON.stringify(token)} is unexpected`
}

const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[[\]{},]/g

/** Expects valid JSON. It does not recurse, because a body may be nested deeper than the stack. */
function findRefusedName(text: string): { name: string; message: string } | undefined {
  const open: (Set<string> | undefined)[] = [] // the names of each enclosing object; undefined for a list
  let isNameNext = false
  for (const [token] of text.matchAll(TOKEN)) {
    const names = open.at(-1)
    if (token.startsWith('"') && names && isNameNext) {
      const name = JSON.parse(token) as string
      if (name === '__proto__') return { name, message: 'must have another name' }
      if (names.has(name)) return { name, message: 'must appear only once' }
      names.add(name)
    }
    if (token === '{') open.push(new Set())
    if (token === '[') open.push(undefined)
    if (token === '}' || token === ']') open.pop()
    isNameNext = token === '{' || token === ','
  }
  return undefined
}
