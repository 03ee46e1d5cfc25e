import { expect, it } from 'vitest'
import { createPackedTexts } from '#ingest/xlsx/packed-texts'

it('gives back each text by its number, and refuses a workbook whose cell names a text that it lacks', () => {
  const texts = createPackedTexts()
  const given = ['İşletme', '', 'ş'.repeat(70_000), '漢字 🎉', 'x']
  given.forEach(texts.add)
  expect(given.map((_, number) => texts.get(number))).toEqual(given)
  for (const number of [-1, 5, 0.5, Number.NaN]) {
    expect(() => texts.get(number)).toThrow(expect.objectContaining({ code: 'FILE_DAMAGED' }))
  }
})

it('refuses a workbook with more text than fits in memory', () => {
  const texts = createPackedTexts()
  const text = 'x'.repeat(32_767)
  const addMany = () => {
    for (let count = 0; count < 3_000; count += 1) texts.add(text)
  }
  expect(addMany).toThrow(expect.objectContaining({ code: 'FILE_TOO_LARGE' }))
})
