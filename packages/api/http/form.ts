/** Reads forms: of a browser, a mail program, or a program that sends a file. */
import type { Context } from 'hono'
import type * as z from 'zod/mini'
import { buildTypeError, isJsonBody, refuseContentEncoding } from '#api/http/body-type'
import type { ApiEnv } from '#api/http/context'
import { parseBody, readBytes, validateInput } from '#api/http/validate'
import { AppError } from '#platform/errors'

export const FORM_TYPES = ['application/x-www-form-urlencoded', 'multipart/form-data'] as const

/**
 * Reads the fields of a form, or of a JSON object.
 * @throws AppError BODY_TYPE_UNSUPPORTED, BODY_TOO_LARGE, BODY_NOT_JSON, VALIDATION_FAILED
 */
export async function parseFormBody<T extends z.ZodMiniType>(c: Context<ApiEnv>, schema: T): Promise<z.output<T>> {
  if (isJsonBody(c)) return parseBody(c, schema)
  const header = c.req.header('Content-Type') ?? ''
  const [type = ''] = header.toLowerCase().split(';')
  if (!FORM_TYPES.some((one) => one === type.trim())) throw buildTypeError(header, [...FORM_TYPES, 'application/json'])
  refuseContentEncoding(c)
  const form = await readForm(await readBytes(c), header)
  return validateInput(schema, Object.fromEntries(form))
}

/** `header`: the Content-Type. @throws AppError VALIDATION_FAILED for a form that is cut off */
export async function readForm(bytes: Uint8Array, header: string): Promise<FormData> {
  return new Response(Buffer.from(bytes), { headers: { 'Content-Type': header } })
    .formData()
    .catch((cause: unknown) => {
      throw refuseForm('the body is no complete form', 'must be a complete form that its boundary ends', cause)
    })
}

export function refuseForm(what: string, message: string, cause?: unknown): AppError {
  return new AppError('VALIDATION_FAILED', what, { details: { fields: [{ field: 'body', message }] }, cause })
}
