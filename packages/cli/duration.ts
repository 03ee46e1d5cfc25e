import { AppError } from '#platform/errors'

const UNIT_MS: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 }

/** Reads `90m`, `26h` or `7d`. @throws AppError USAGE */
export function parseDuration(text: string, option: string): number {
  const [, count, unit = ''] = /^(\d{1,6}(?:\.\d{1,3})?)([smhdw])$/.exec(text) ?? []
  const ms = Number(count) * (UNIT_MS[unit] ?? NaN)
  if (ms > 0) return ms
  throw new AppError('USAGE', `${option} must be a duration such as 90m, 26h or 7d, not ${JSON.stringify(text)}`)
}
