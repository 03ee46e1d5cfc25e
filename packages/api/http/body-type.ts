/** Checks the headers of a body before the API reads it: it must be uncompressed JSON in UTF-8. */
import type { Context } from 'hono'
import type { ApiEnv } from '#api/http/context'
import { AppError } from '#platform/errors'

const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json *(?:; *charset="?utf-8"? *)?$/i

/** Accepts a body without a Content-Type, and treats it as JSON. @throws AppError BODY_TYPE_UNSUPPORTED */
export function requireJsonType(c: Context<ApiEnv>): void {
  const type = c.req.header('Content-Type')
  if (type !== undefined && !JSON_TYPE.test(type.trim())) {
    throw new AppError(
      'BODY_TYPE_UNSUPPORTED',
      `the Content-Type ${JSON.stringify(type.slice(0, 100))} is not supported`,
    )
  }
  const encoding = c.req.header('Content-Encoding')
  if (encoding !== undefined && encoding.trim().toLowerCase() !== 'identity') {
    throw new AppError(
      'BODY_TYPE_UNSUPPORTED',
      `the Content-Encoding ${JSON.stringify(encoding.slice(0, 100))} is not supported`,
    )
  }
}
