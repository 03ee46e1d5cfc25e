/** Converts names for JSON: `nextCursor` becomes `next_cursor`. Values stay as they are, and so do names such as `Content-Type`. */
export function toSnakeCaseKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toSnakeCaseKeys)
  if (value === null || typeof value !== 'object' || value instanceof Date) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [snakeCase(key), toSnakeCaseKeys(inner)]))
}

function snakeCase(key: string): string {
  if (!/^[a-z][A-Za-z\d]*$/.test(key)) return key
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

/** The same as a type: `scoreMin` becomes `score_min`. */
export type SnakeCase<Name extends string> = Name extends `${infer Letter}${infer Rest}`
  ? `${Letter extends Lowercase<Letter> ? Letter : `_${Lowercase<Letter>}`}${SnakeCase<Rest>}`
  : Name
