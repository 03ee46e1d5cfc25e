/** What the rotations of keys and of webhooks share in the terminal. */
import { GRACE_SECONDS_MAX } from '#keys/lifecycle'
import { AppError } from '#platform/errors'
import { formatTime } from '#cli/time-text'

const HOUR_SECONDS = 3_600

export const graceArg = {
  type: 'string',
  default: '24',
  valueHint: 'HOURS',
  description: 'How long the old secret keeps working',
} as const

/** Returns seconds. @throws AppError USAGE */
export function parseGrace(text: string): number {
  const seconds = Math.round(Number(text) * HOUR_SECONDS)
  if (text.trim() !== '' && seconds >= 0 && seconds <= GRACE_SECONDS_MAX) return seconds
  throw new AppError('USAGE', `--grace must be a number of hours from 0 to ${GRACE_SECONDS_MAX / HOUR_SECONDS}`)
}

export function explainOldSecret(until: Date | null): string {
  const end = until ? `works until ${formatTime(until)}` : 'no longer works'
  return `Store it now: it is shown only once. The old secret ${end}.`
}
