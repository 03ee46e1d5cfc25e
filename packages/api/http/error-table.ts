/** Lists every error code with its HTTP status and its remedies, for the docs and the tests. */
import { toHttpStatus } from '#api/http/errors'
import { ERROR_TEXTS, type ErrorText } from '#platform/error-texts'
import { AppError, ERROR_KINDS, type ErrorCode, type ErrorKind } from '#platform/errors'

interface ErrorRow {
  code: ErrorCode
  kind: ErrorKind
  status: number
  meaning: string
  /** Remedy for an API client; undefined when the API never returns the code. */
  api: string | undefined
  /** Remedy for a person at a terminal; undefined when no command ends with the code. */
  cli: string | undefined
}

export function listErrors(): ErrorRow[] {
  const codes = Object.keys(ERROR_KINDS) as ErrorCode[]
  return codes.sort().map((code) => {
    const { meaning, api, cli }: ErrorText = ERROR_TEXTS[code]
    const kind = ERROR_KINDS[code]
    return { code, kind, status: toHttpStatus(new AppError(code, '')), meaning, api, cli }
  })
}
