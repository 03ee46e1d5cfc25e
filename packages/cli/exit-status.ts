import type { ErrorKind } from '#platform/errors'

/** The only place where a kind of error becomes an exit status; `hunter --help` prints this table. */
export const EXIT_STATUS = {
  done: 0,
  internal: 1,
  invalid: 2,
  damaged: 3,
  'not-found': 4,
  conflict: 5,
  unavailable: 6,
  refused: 7,
  /** As a shell reports a command that Ctrl-C ended. */
  interrupted: 130,
} as const

export const EXIT_STATUS_MEANING: Record<number, string> = {
  0: 'done',
  1: 'an unexpected error',
  2: 'invalid input, setting or usage',
  3: 'a check failed: damaged, not proven, or different',
  4: 'not found',
  5: 'conflicts with existing state or with work in progress',
  6: 'something that is needed does not answer',
  7: 'not allowed',
  130: 'you pressed Ctrl-C',
}

const STATUS_OF_KIND: Record<ErrorKind, number> = {
  internal: EXIT_STATUS.internal,
  invalid: EXIT_STATUS.invalid,
  'too-large': EXIT_STATUS.invalid,
  damaged: EXIT_STATUS.damaged,
  'not-found': EXIT_STATUS['not-found'],
  conflict: EXIT_STATUS.conflict,
  limited: EXIT_STATUS.unavailable,
  unavailable: EXIT_STATUS.unavailable,
  unauthenticated: EXIT_STATUS.refused,
  forbidden: EXIT_STATUS.refused,
}

export function toExitStatus(kind: ErrorKind): number {
  return STATUS_OF_KIND[kind]
}

/** Ends a command with this status and no further output: standard output already says everything. */
export class Verdict extends Error {
  readonly status: number

  constructor(status: number) {
    super(`exit status ${status}`)
    this.status = status
  }
}
