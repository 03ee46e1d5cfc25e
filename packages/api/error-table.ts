/** Every code with what it means over HTTP: for documents, tests and the docs page. */
import { statusOf } from '#api/errors'
import { AppError, type ErrorCode, type ErrorKind, ERRORS } from '#platform/errors'

export interface ErrorRow {
  code: ErrorCode
  kind: ErrorKind
  status: number
  meaning: string
  remedy: string
}

export const MEANING_OF_KIND: Readonly<Record<ErrorKind, string>> = {
  invalid: 'What was sent is wrong; the same again gives the same answer.',
  unauthenticated: 'There is no key, or none that opens anything.',
  forbidden: 'The key or the role may not do this.',
  'not-found': 'What was named is not there.',
  conflict: 'What is there already, or is under way, stands against it.',
  'too-large': 'It is larger than what is taken.',
  limited: 'It came too soon after the ones before.',
  unavailable: 'A part that is needed does not answer; trying again may help.',
  damaged: 'Something stored is not what was written.',
  internal: 'The fault is ours.',
}

export function errorTable(): ErrorRow[] {
  const codes = Object.keys(ERRORS) as ErrorCode[]
  return codes.sort().map((code) => {
    const { kind, remedy } = ERRORS[code]
    return { code, kind, status: statusOf(new AppError(code, '')), meaning: MEANING_OF_KIND[kind], remedy }
  })
}
