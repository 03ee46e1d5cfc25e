import { expect, it } from 'vitest'
import { formatCount } from '#platform/count-text'

it('writes the singular for one alone', () => {
  expect([0, 1, 2].map((count) => formatCount(count, 'lead'))).toEqual(['0 leads', '1 lead', '2 leads'])
  expect([1, 2].map((count) => formatCount(count, 'company', 'companies'))).toEqual(['1 company', '2 companies'])
})
