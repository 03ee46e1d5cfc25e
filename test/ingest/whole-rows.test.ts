import { parse } from 'csv-parse/sync'
import { expect, it } from 'vitest'
import { requireWholeRows } from '#ingest/whole-rows'
import * as fc from '../support/seeded.ts'

async function* cut(parts: Iterable<string>): AsyncGenerator<string> {
  yield* parts
}

function parses(text: string, options: { relax_quotes: boolean }): boolean {
  try {
    parse(text, { delimiter: ';', record_delimiter: '\n', relax_column_count: true, ...options })
    return true
  } catch {
    return false
  }
}

const isWhole = async (parts: string[]) => {
  const end = await requireWholeRows(cut(parts), ';').catch((thrown: unknown) => thrown)
  return end === undefined
}

const cutText = (...more: string[]) =>
  fc.array(fc.string({ unit: fc.constantFrom('"', '"', ';', 'a', ' ', ...more), maxLength: 6 }), { maxLength: 6 })

it('agrees with the parser about quotes in one line, wherever the text is cut', async () => {
  const agrees = async (parts: string[]) => {
    expect(await isWhole(parts)).toBe(parses(parts.join(''), { relax_quotes: true }))
  }
  await fc.assert(fc.asyncProperty(cutText(), agrees), { numRuns: 300 })
})

it('takes every text that follows the rules of CSV, and none whose last quote the parser finds open', async () => {
  const isBetween = async (parts: string[]) => {
    const text = parts.join('')
    const found = await isWhole(parts)
    const [follows, ends] = [false, true].map((relax_quotes) => parses(text, { relax_quotes }))
    expect([found || !follows, ends || !found]).toEqual([true, true])
  }
  await fc.assert(fc.asyncProperty(cutText('\n'), isBetween), { numRuns: 500 })
})

it.each([
  ['a quoted cell of a later row', 'A;a.tr\n"B;b.tr\nC;c.tr\n"D";d.tr\n'],
  ['a quoted cell that is not the first of its row', 'A;a.tr\n"B;b.tr\nC;"c";d\n'],
])('finds an unclosed quote by the quote of %s, which would hide the rows between', async (_, text) => {
  await expect(requireWholeRows(cut([text]), ';')).rejects.toThrow('line 2: a quote is opened and not closed')
})

it('takes a row of 131,072 characters and no longer one, with and without quotes', async () => {
  const row = (length: number) => cut(['a\n', 'x'.repeat(length - 10), 'x'.repeat(10), '\nb'])
  await requireWholeRows(row(131_071), ';')
  await expect(requireWholeRows(row(131_072), ';')).rejects.toThrow('line 2: the row has more than 131,072 characters')
  const quoted = cut(['a;"b', '\n'.repeat(140_000), '"'])
  await expect(requireWholeRows(quoted, ';')).rejects.toThrow('line 1: a quote is opened and not closed')
})

it('reads long runs of quotes in a time that grows with the text alone', async () => {
  const before = process.cpuUsage()
  const rows = `${'"'.repeat(64 * 1024)}x\n`.repeat(10)
  await requireWholeRows(cut([`a;"b"\n${rows}`]), ';')
  expect(process.cpuUsage(before).user).toBeLessThan(5_000_000) // microseconds of the processor, whatever else it does
})

it('refuses megabytes of quotes by the first of them', async () => {
  let parts = 0
  const quotes = function* () {
    for (; parts < 128; parts += 1) yield '"'.repeat(64 * 1024)
  }
  await expect(requireWholeRows(cut(quotes()), ';')).rejects.toThrow('line 1: the row has more than 131,072 characters')
  expect(parts).toBeLessThan(4)
})
