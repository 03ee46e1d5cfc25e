import { expect, it } from 'vitest'
import { createPackedTexts } from '#ingest/xlsx/packed-texts'

it('gives back each text by its number, and nothing for a number that no text has', () => {
  const texts = createPackedTexts()
  const given = ['İşletme', '', 'ş'.repeat(70_000), '漢字 🎉', 'x']
  given.forEach(texts.add)
  expect(given.map((_, number) => texts.get(number))).toEqual(given)
  expect([-1, 5, 0.5, Number.NaN].map(texts.get)).toEqual(['', '', '', ''])
})

it('refuses a workbook with more text than fits in memory', () => {
  const texts = createPackedTexts()
  const text = 'x'.repeat(32_767)
  const addMany = () => {
    for (let count = 0; count < 3_000; count += 1) texts.add(text)
  }
  expect(addMany).toThrow(expect.objectContaining({ code: 'FILE_TOO_LARGE' }))
})
