import { expect, it } from 'vitest'
import { ERROR_TEXTS, type ErrorText, getRemedy } from '#platform/error-texts'
import { AppError, getErrorMessage } from '#platform/errors'

const ENTRIES: [string, ErrorText][] = Object.entries(ERROR_TEXTS)
const readers = (reader: 'api' | 'cli') =>
  ENTRIES.flatMap(([code, entry]) => (entry[reader] === undefined ? [] : [[code, entry[reader]] as const]))

const SENTENCE = /^[A-Z].+[\w)>}"]\.$/
const BANNED =
  /\bmend|stands? against|nothing is said|asked (?:for )?again|whoever|\bof whom|somebody|nobody|may stand beside|fault is ours|left alone|under way|out of reach|(?<!there )is no [a-z]+\b|neither proven nor refuted|not as (?:it|they) should be/i

it('has a meaning for every code, and a remedy for each of its readers', () => {
  for (const [code, { meaning, api, cli }] of ENTRIES) {
    expect([code, api ?? cli]).toEqual([code, expect.any(String)])
    for (const text of [meaning, api, cli]) {
      if (text === undefined) continue
      expect(`${code}: ${text}`).toMatch(new RegExp(`^${code}: ${SENTENCE.source.slice(1)}`))
      expect(`${code}: ${text}`).not.toMatch(BANNED)
      expect(text.length, `${code} reads in one breath`).toBeLessThan(130)
    }
    expect(meaning, `${code} says more than to do something`).not.toBe(api ?? cli)
  }
})

it('mentions no HTTP in the remedies for a terminal', () => {
  for (const [code, remedy] of readers('cli')) {
    expect(`${code}: ${remedy}`).not.toMatch(
      /\b(?:GET|POST|PUT|PATCH|DELETE) \/|\bthe header\b|error\.details|request_id|Retry-After/,
    )
  }
})

it('mentions no command in the remedies for the API', () => {
  for (const [code, remedy] of readers('api')) {
    expect(`${code}: ${remedy}`).not.toMatch(/"hunter |npx|npm |--[a-z]|HUNTER_|docs\/|\bpg_|command/)
  }
})

it('asks for a report if a code appears where it is not meant to', () => {
  expect(getRemedy('USAGE', 'api')).toBe(ERROR_TEXTS.INTERNAL.api)
  expect(getRemedy('BODY_NOT_JSON', 'cli')).toBe(ERROR_TEXTS.INTERNAL.cli)
})

it('keeps the cause apart from the public message', () => {
  const error = new AppError('DATABASE_UNAVAILABLE', 'the database does not answer', { cause: new Error('10.0.0.1') })
  expect(getErrorMessage(error)).toBe('the database does not answer')
  expect(JSON.stringify(error)).not.toContain('10.0.0.1')
  expect(error).toMatchObject({ kind: 'unavailable', cause: new Error('10.0.0.1') })
})
