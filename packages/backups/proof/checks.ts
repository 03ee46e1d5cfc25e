import { AppError, type ErrorCode, messageOf } from '#platform/errors'
import { type ProofCheck, VERIFIED_LEVEL } from '#backups/format/manifest'
import { isFaultOfPlace, placeFailed } from '#backups/proof/environment-failure'

/** What an examination found, level by level. */
export interface Findings {
  checks: ProofCheck[]
  restoreMs?: number
  compareMs?: number
  restoredInto?: string
}

/** These say that a part didn't answer: nothing is known of the backup then. */
const NO_ANSWER = new Set<ErrorCode>([
  'STORAGE_UNAVAILABLE',
  'DATABASE_UNAVAILABLE',
  'RESTORE_TARGET_IN_USE',
  'PROOF_PLACE_MISSING',
  'PROOF_PLACE_FAILED',
  'PROOF_TIMED_OUT',
])

/**
 * A failure is a finding, unless it is that of a part that doesn't answer, or of the place where the backup is proven.
 * @throws AppError as that part does, PROOF_PLACE_FAILED
 */
export async function check(name: string, level: number, run: () => unknown): Promise<ProofCheck> {
  try {
    await run()
    return { name, level, passed: true }
  } catch (error) {
    if (error instanceof AppError && NO_ANSWER.has(error.code)) throw error
    if (isFaultOfPlace(error)) throw placeFailed(error)
    return { name, level, passed: false, reason: messageOf(error) }
  }
}

export function allPassed(checks: ProofCheck[]): boolean {
  return checks.every(({ passed }) => passed)
}

/** The highest level whose checks, and those of every level below, passed. */
export function levelOf(checks: ProofCheck[]): number {
  const failed = checks.filter(({ passed }) => !passed).map(({ level }) => level - 1)
  return Math.min(Math.max(0, ...checks.map(({ level }) => level)), ...failed)
}

/** Equal to its source, and nothing that was looked at failed: an assertion that doesn't hold counts, too. */
export function isVerified(checks: ProofCheck[]): boolean {
  return levelOf(checks) >= VERIFIED_LEVEL && allPassed(checks)
}
