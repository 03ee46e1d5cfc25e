import { expect, it } from 'vitest'
import { AppError, ERRORS, messageOf } from '#platform/errors'

it('tells for every code what to do, in one sentence', () => {
  for (const [code, { remedy }] of Object.entries(ERRORS)) expect(`${code}: ${remedy}`).toMatch(/^[A-Z_]+: [A-Z].+\.$/)
})

it('keeps the cause apart from the public message', () => {
  const error = new AppError('DATABASE_UNAVAILABLE', 'the database does not answer', { cause: new Error('10.0.0.1') })
  expect(messageOf(error)).toBe('the database does not answer')
  expect(JSON.stringify(error)).not.toContain('10.0.0.1')
  expect(error).toMatchObject({ kind: 'unavailable', cause: new Error('10.0.0.1') })
})
