import { describe, expect, it } from 'vitest'
import { listOf, oneOf, readFields, someText, wholeNumber, writeFields } from '#web/frame/fields'

const FIELDS = {
  sort: oneOf(['priority', 'domain'], 'priority'),
  text: someText(10),
  min: wholeNumber(0, 100, 0),
  columns: listOf(['score', 'segment', 'mailbox'], ['score']),
}
const read = (search: string) => readFields(FIELDS, new URLSearchParams(search))

describe('the state of a view in its address', () => {
  it('omits defaults, and reads what it wrote', () => {
    expect(writeFields(FIELDS, read(''))).toBe('')
    const values = { sort: 'domain', text: 'şirket', min: 60, columns: ['mailbox', 'score'] } as const
    expect(read(writeFields(FIELDS, values))).toEqual(values)
  })

  it('drops unknown names and values', () => {
    const values = read('?sort=password&min=101&evil=1&columns=score.nothing.score&text=ab')
    expect(values).toEqual({ sort: 'priority', min: 0, columns: ['score'], text: 'ab' })
    expect(writeFields(FIELDS, values)).toBe('?text=ab')
  })

  it('caps what an address may hold', () => {
    const values = read(`?text=${'x'.repeat(100_000)}%00&min=00000000000000000060&columns=${'score.'.repeat(100_000)}`)
    expect(values).toEqual({ sort: 'priority', text: 'x'.repeat(10), min: 0, columns: ['score'] })
  })
})
