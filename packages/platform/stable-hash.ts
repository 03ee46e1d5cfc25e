/** Hashes values by content: equal values get one hash, whatever the order of their keys. */
import { createHash } from 'node:crypto'

/** The first 16 hex digits of the SHA-256 of `formatStableJson`: 64 bits, for keys, never for secrets. */
export function computeStableHash(value: unknown): string {
  return createHash('sha256').update(formatStableJson(value)).digest('hex').slice(0, 16)
}

/**
 * JSON with the keys of every object in the order of their UTF-16 code units (as RFC 8785 has it), lists in their own
 * order, and without what is undefined. Texts stay as they are: two records of a zone that differ only in their Unicode
 * normal form are two records, and one form for both would give them one key. Half a surrogate pair is escaped.
 */
export function formatStableJson(value: unknown): string {
  return write(value) ?? 'null'
}

function write(value: unknown): string | undefined {
  const plain = hasToJson(value) ? value.toJSON() : value
  if (plain === null || typeof plain !== 'object') return JSON.stringify(plain)
  if (Array.isArray(plain)) return `[${plain.map((item) => write(item) ?? 'null').join(',')}]`
  const fields = Object.entries(plain)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([key, inner]) => {
      const text = write(inner)
      return text === undefined ? [] : [`${JSON.stringify(key)}:${text}`]
    })
  return `{${fields.join(',')}}`
}

function hasToJson(value: unknown): value is { toJSON(): unknown } {
  return typeof value === 'object' && value !== null && 'toJSON' in value && typeof value.toJSON === 'function'
}
