import { AppError, type ErrorCode, getErrorMessage } from '#platform/errors'
import { type ProofCheck, VERIFIED_LEVEL } from '#backups/format/manifest'
import { isEnvironmentFailure, toEnvironmentFailure } from '#backups/proof/environment-failure'

/** Results of a proof, level by level. */
export interface Findings {
  checks: ProofCheck[]
  restoreMs?: number
  compareMs?: number
  restoredInto?: string
}

/** Errors of a dependency that does not answer: the proof then knows nothing about the backup. */
const NO_ANSWER = new Set<ErrorCode>([
  'STORAGE_UNAVAILABLE',
  'DATABASE_UNAVAILABLE',
  'RESTORE_TARGET_IN_USE',
  'PROOF_PLACE_MISSING',
  'PROOF_PLACE_FAILED',
  'PROOF_TIMED_OUT',
])

/**
 * Runs a check. A failure is a finding, except when a dependency does not answer or the proof's environment fails.
 * @throws AppError that dependency's error, PROOF_PLACE_FAILED
 */
export async function runCheck(name: string, level: number, run: () => unknown): Promise<ProofCheck> {
  try {
    await run()
    return { name, level, passed: true }
  } catch (error) {
    if (error instanceof AppError && NO_ANSWER.has(error.code)) throw error
    if (isEnvironmentFailure(error)) throw toEnvironmentFailure(error)
    return { name, level, passed: false, reason: getErrorMessage(error) }
  }
}

export function areAllPassed(checks: ProofCheck[]): boolean {
  return checks.every(({ passed }) => passed)
}

/** Returns the highest level at which all checks, and those of every lower level, passed. */
export function computeLevel(checks: ProofCheck[]): number {
  const failed = checks.filter(({ passed }) => !passed).map(({ level }) => level - 1)
  return Math.min(Math.max(0, ...checks.map(({ level }) => level)), ...failed)
}

/** True when the copy equals its source and no check failed, assertions included. */
export function isVerified(checks: ProofCheck[]): boolean {
  return computeLevel(checks) >= VERIFIED_LEVEL && areAllPassed(checks)
}
