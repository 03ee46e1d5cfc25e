import { messageOf } from '#platform/errors'

/** An error as the server words it, with its SQLSTATE as `code`. */
export function serverError(body: Buffer): Error {
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

/** With the server's DETAIL, which often names what its message does not: who uses a database, which key is there twice. */
export function messageWithDetail(error: unknown): string {
  const { detail } = (error ?? {}) as { detail?: string }
  return isServerError(error) && detail ? `${error.message} (${detail})` : messageOf(error)
}

export function isServerError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && /^[0-9A-Z]{5}$/.test(String(error.code))
}
