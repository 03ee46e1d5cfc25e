/** Every code with what it means over HTTP: for documents, tests and the docs page. */
import { toHttpStatus } from '#api/http/errors'
import { ERROR_TEXTS, type ErrorText } from '#platform/error-texts'
import { AppError, ERROR_KINDS, type ErrorCode, type ErrorKind } from '#platform/errors'

interface ErrorRow {
  code: ErrorCode
  kind: ErrorKind
  status: number
  meaning: string
  /** What a caller can do; undefined where the API never answers with the code. */
  api: string | undefined
  /** What a person at a terminal can do; undefined where no command ends with it. */
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
