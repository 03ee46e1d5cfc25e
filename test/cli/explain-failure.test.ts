import { expect, it } from 'vitest'
import { describeCause, explainFailure } from '#cli/explain-failure'
import { AppError } from '#platform/errors'

const failed = (message: string, more: object) => Object.assign(new Error(message), more)

it.each([
  [
    '42P01',
    'NOT_READY',
    'the database is not migrated: relation "leads" does not exist',
    'relation "leads" does not exist',
  ],
  [
    '42501',
    'DATABASE_REFUSED',
    'the database denied access: permission denied for table leads',
    'permission denied for table leads',
  ],
  ['57P03', 'DATABASE_UNAVAILABLE', 'the database does not answer', 'the database system is starting up'],
])('reads SQLSTATE %s below a failed query, without its parameters', (code, ours, message, words) => {
  const query = new Error('Failed query: select …\nparams: secret', { cause: failed(words, { code }) })
  const error = explainFailure(query)
  expect(error).toMatchObject({ code: ours, message })
  expect(`${error.message} ${describeCause(error)}`).not.toContain('secret')
})

it('reports refusals of the system as problems of the user or the machine', () => {
  const unreadable = failed('EACCES: permission denied', { code: 'EACCES', syscall: 'open', path: 'x.csv' })
  expect(explainFailure(unreadable)).toMatchObject({ code: 'FILE_UNUSABLE' })
  const proxy = new TypeError('fetch failed', {
    cause: failed('connect', { code: 'ECONNREFUSED', syscall: 'connect', address: '127.0.0.1', port: 9 }),
  })
  expect(explainFailure(proxy)).toMatchObject({
    code: 'HOST_UNREACHABLE',
    message: expect.stringContaining('127.0.0.1:9'),
  })
})

it('reports an invalid URL as wrong input, without repeating it', () => {
  const thrown = failed('Invalid URL', { code: 'ERR_INVALID_URL', input: 'postgres://u:secret@host:99999/x' })
  const error = explainFailure(new Error('Failed query', { cause: thrown }))
  expect(error.code).toBe('SETTING_INVALID')
  expect(error.message).not.toContain('secret')
})

it('reports only unforeseen errors as a bug in Hunter, in the words of their first cause', () => {
  const error = explainFailure(new Error('wrapped', { cause: new TypeError('undefined is not a function') }))
  expect(error).toMatchObject({ code: 'INTERNAL', message: 'undefined is not a function' })
})

it('names the first missing argument in the order of the help', () => {
  const thrown = Object.assign(new Error('Missing required positional argument: FILE'), { name: 'CLIError' })
  expect(explainFailure(thrown)).toMatchObject({ code: 'USAGE', message: 'FILE is missing' })
})

it('prints the cause only if the message lacks it', () => {
  const cause = new Error('password authentication failed for user "me"')
  const silent = new AppError('DATABASE_UNAVAILABLE', 'the database does not answer', { cause })
  expect(describeCause(silent)).toBe(cause.message)
  expect(describeCause(new AppError('BACKUP_FAILED', `it stopped: ${cause.message}`, { cause }))).toBeUndefined()
  expect(describeCause(new AppError('LEAD_NOT_FOUND', 'no lead', { cause: 'no error' }))).toBeUndefined()
})
