/** The input of routes that take none. */
import type { Context } from 'hono'
import type { ApiEnv } from '#api/http/context'
import { nothing } from '#api/http/fields'
import { parseBody, parseQuery, readBytes } from '#api/http/validate'

/** @throws AppError VALIDATION_FAILED with the name of each parameter */
export function refuseQuery(c: Context<ApiEnv>): void {
  parseQuery(c, nothing)
}

/** Accepts no body and an empty object. @throws AppError as `parseBody` does */
export async function refuseBody(c: Context<ApiEnv>): Promise<void> {
  if ((await readBytes(c)).byteLength > 0) await parseBody(c, nothing)
}
