/** An error as the server words it, with its SQLSTATE as `code`. */
export function serverError(body: Buffer): Error {
  const fields = new Map(
    body
      .toString('utf8')
      .split('\0')
      .filter((field) => field !== '')
      .map((field) => [field.slice(0, 1), field.slice(1)]),
  )
  return Object.assign(new Error(fields.get('M') ?? 'the server answered with an error'), { code: fields.get('C') })
}

export function isServerError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && /^[0-9A-Z]{5}$/.test(String(error.code))
}
