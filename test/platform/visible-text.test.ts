import { describe, expect, it } from 'vitest'
import * as z from 'zod/mini'
import { defineLine } from '#db/input-fields'
import { hasHiddenText } from '#platform/visible-text'

const field = defineLine(1, 5)
const read = (text: string) => z.safeParse(field, text)

describe('a name or a note', () => {
  it.each([
    ['C0 controls', ['\0', '\t', '\n', '\r', '\u001B', '\u007F']],
    ['C1 controls', ['\u0080', '\u0085', '\u009B', '\u009F']],
    ['separators of lines and paragraphs', ['\u2028', '\u2029']],
    ['what turns the reading order', ['\u202A', '\u202E', '\u2066', '\u2069', '\u200E', '\u200F', '\u061C']],
    ['what has no width', ['\u200B', '\u200C', '\u200D', '\u2060', '\u2063', '\uFEFF', '\u00AD', '\u034F', '\u180E']],
    ['what fills a place and shows nothing', ['\u115F', '\u3164', '\uFFA0', '\u2800']],
    ['tags and variation selectors that change nothing', ['\u{E0041}', '\uFE0F', '\u{E0100}', '\u{1D173}']],
    ['what is no character', ['\uD800', '\uDC00', '\uFFFE', '\uFDD0', '\u{10FFFF}', '\uE000', '\uFFF9']],
  ])('holds none of %s', (_, characters) => {
    for (const character of characters) expect([character, hasHiddenText(`a${character}b`)]).toEqual([character, true])
  })

  it.each(['Satış ekibi', 'Müşteri №1 – 50 %', 'Ökologie "GmbH"', 'नमस्ते', '日本', 'שלום', 'é', 'e\u0301'])(
    'may be %s',
    (text) => expect(hasHiddenText(text)).toBe(false),
  )

  it.each(['❤️', '👩‍👩‍👧', '🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}', '1️⃣', '👍🏽'])(
    'may have the emoji %s, with the joiners and selectors that belong to it',
    (emoji) => {
      expect(hasHiddenText(`a ${emoji} b`)).toBe(false)
      expect(hasHiddenText(`a ${emoji}\u200D`)).toBe(true)
    },
  )

  it('counts characters as the contract does, after the spaces around it are gone', () => {
    expect(read('  👍👍👍👍👍 ')).toMatchObject({ success: true, data: '👍👍👍👍👍' })
    expect(read('👍👍👍👍👍👍')).toMatchObject({ success: false })
    expect(read(' \u00A0 ')).toMatchObject({ success: false })
    expect(read('a'.repeat(1_000_000))).toMatchObject({
      error: { issues: [{ message: 'must have 1 to 5 characters' }] },
    })
    expect(z.toJSONSchema(field, { io: 'input' })).toMatchObject({ type: 'string', minLength: 1, maxLength: 5 })
  })
})
