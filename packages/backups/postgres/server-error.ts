import { getErrorMessage } from '#platform/errors'

/** Builds an error with the server's message, and its SQLSTATE as `code`. */
export function parseServerError(body: Buffer): Error {
  const fields = new Map(
    body
      .toString('utf8')
      .split('\0')
      .filter((field) => field !== '')
      .map((field) => [field.slice(0, 1), field.slice(1)]),
  )
  const message = fields.get('M') ?? 'the server answered with an error'
  return Object.assign(new Error(message), { code: fields.get('C'), detail: fields.get('D') })
}

/** Adds the server's DETAIL, which often names what the message does not: the database's users, the duplicate key. */
export function describeServerError(error: unknown): string {
  const { detail } = (error ?? {}) as { detail?: string }
  return isServerError(error) && detail ? `${error.message} (${detail})` : getErrorMessage(error)
}

export function isServerError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && /^[0-9A-Z]{5}$/.test(String(error.code))
}
