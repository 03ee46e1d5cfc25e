import { AppError } from '#platform/errors'

/** @throws AppError USAGE unless it names a server and a database */
export function postgresUrl(text: string, option: string): string {
  if (/^postgres(?:ql)?:\/\/[^/]+\/[^/]+$/.test(text) && URL.canParse(text)) return text
  throw new AppError('USAGE', `${option} must be a URL such as postgres://user:password@host:5432/database`)
}
