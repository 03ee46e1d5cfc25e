import { describe, expect, it } from 'vitest'
import { isList, readText } from '#web/leads/pasted'

const read = (text: string) => readText(text, 'list').file.text()

describe('a list that a reader pastes', () => {
  it.each([
    ['domains in a row', 'acme.com.tr, https://www.example.com/a?b=1; info@example.org', 3],
    ['domains with empty lines of Windows', 'acme.com.tr\r\n\r\n\tşirket.com.tr'.replace('\t', ''), 2],
    ['one domain', ' oecd.org ', 1],
  ])('becomes one domain a line: %s', async (_name, text, lines) => {
    expect((await read(text)).split('\n')).toHaveLength(lines)
    expect(isList(text)).toBe(true)
  })

  it.each([
    ['cells between tabs', 'Firma\tWeb\nAcme A.Ş.\tacme.com.tr'],
    ['cells between semicolons, with a heading', 'Firma;Web\nAcme A.Ş.;acme.com.tr'],
  ])('stays a table: %s', async (_name, text) => {
    expect(await read(text)).toBe(text)
    expect(isList(text)).toBe(true)
  })

  it.each(['', ' ', 'hello', 'a sentence without a domain'])('is none where "%s" was pasted', (text) => {
    expect(isList(text)).toBe(false)
  })

  it('reads 100,000 lines and a hostile one without a long wait', async () => {
    const text = Array.from({ length: 100_000 }, (_, at) => `firma${at}.com.tr`).join('\n')
    expect((await read(text)).length).toBe(text.length)
    const hostile = `${'a.'.repeat(100_000)}@`
    expect(await read(hostile)).toBe(hostile)
  })
})
