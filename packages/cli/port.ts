import { AppError } from '#platform/errors'

const PORT_MAX = 65_535

/** @throws AppError USAGE */
export function checkPort(text: string, option: string): string {
  if (/^\d+$/.test(text) && Number(text) <= PORT_MAX) return text
  throw new AppError('USAGE', `${option} must be a whole number from 0 to ${PORT_MAX}`)
}
