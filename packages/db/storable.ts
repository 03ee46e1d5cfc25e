/**
 * The value as Postgres can keep it: text and jsonb take neither NUL nor half a surrogate pair, and DNS records and
 * spreadsheets may hold both.
 */
export function toStorableText<T>(value: T): T {
  return clean(value) as T
}

function clean(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('\0', '\uFFFD').toWellFormed()
  if (Array.isArray(value)) return value.map(clean)
  if (value === null || typeof value !== 'object' || value instanceof Date) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [clean(key), clean(inner)]))
}

/** Whether Postgres reads the time as JavaScript writes it: outside of these years each has a notation of its own. */
export function isStorableTime(time: Date): boolean {
  const year = time.getUTCFullYear()
  return year >= 1 && year <= 9_999
}
