/** Checks the headers of a body before the API reads it: it must not be compressed, and most are JSON in UTF-8. */
import type { Context } from 'hono'
import type { ApiEnv } from '#api/http/context'
import { AppError } from '#platform/errors'

const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json *(?:; *charset="?utf-8"? *)?$/i

/** Accepts a body without a Content-Type, and treats it as JSON. @throws AppError BODY_TYPE_UNSUPPORTED */
export function requireJsonType(c: Context<ApiEnv>): void {
  if (!isJsonBody(c)) throw buildTypeError(c.req.header('Content-Type') ?? '', ['application/json'])
  refuseContentEncoding(c)
}

/** True as well for a body without a Content-Type. */
export function isJsonBody(c: Context<ApiEnv>): boolean {
  const type = c.req.header('Content-Type')
  return type === undefined || JSON_TYPE.test(type.trim())
}

/** @throws AppError BODY_TYPE_UNSUPPORTED for a compressed body */
export function refuseContentEncoding(c: Context<ApiEnv>): void {
  const encoding = c.req.header('Content-Encoding')
  if (encoding === undefined || encoding.trim().toLowerCase() === 'identity') return
  throw new AppError(
    'BODY_TYPE_UNSUPPORTED',
    `the Content-Encoding ${JSON.stringify(encoding.slice(0, 100))} is not supported`,
  )
}

export function buildTypeError(type: string, accepted: readonly string[]): AppError {
  return new AppError(
    'BODY_TYPE_UNSUPPORTED',
    `the Content-Type ${JSON.stringify(type.slice(0, 100))} is not supported`,
    {
      details: { accepted },
    },
  )
}
