import type { FailureCode } from '#signals/evidence'

/** Why a registry gave no answer. It stays inside this folder; callers get evidence. */
export class RegistryProblem extends Error {
  readonly rcode: FailureCode
  /** How long the registry asks us to wait. */
  readonly retryAfterMs: number | null

  constructor(rcode: FailureCode, message: string, { cause, retryAfterMs = null }: ProblemOptions = {}) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'RegistryProblem'
    this.rcode = rcode
    this.retryAfterMs = retryAfterMs
  }
}

interface ProblemOptions {
  cause?: unknown
  retryAfterMs?: number | null
}
