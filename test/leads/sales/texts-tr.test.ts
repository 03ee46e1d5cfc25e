/** The fixed parts of the Turkish texts, read for what a native reader would stumble over. */
import { expect, it } from 'vitest'
import { TR } from '#leads/sales/texts/tr'

/** Every text of the tree, its functions called with what a name or a date may be. */
function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value === 'function') return [true, false].map((sure) => String(value('§', sure)))
  return Object.values(value as object).flatMap(textsOf)
}

const { mail, gateway, findings, strengths, unchecked, outlooks, tiers, potential, urgency } = TR
const parts = { mail, gateway, findings, strengths, unchecked, outlooks, tiers, potential, urgency }
const TEXTS = [...textsOf(parts), TR.opening('§'), TR.noCall('§', '§'), TR.notChecked('§'), TR.praise('§'), TR.decider]

/** Which vowel a suffix has after the last one before it: high vowels follow backness and rounding, low ones backness. */
const FOLLOWS: Record<string, string> = { a: 'aı', ı: 'aı', o: 'au', u: 'au', e: 'ei', i: 'ei', ö: 'eü', ü: 'eü' }

/** Stems that were borrowed or put together; a suffix on any of them would have to be looked at. */
const STEMS = new Set(
  'ait bazen birkaç bugün hangi henüz ihale ihtiyaç işaret kamu kontrol lisans ofis sahip sahte tarih zaten'.split(' '),
)

/** Leaves out the suffixes whose vowel is always the same: -yor and -ki. */
function harmonisingPart(word: string): string {
  return word.replace(/(?:yor|ki)$/, '')
}

it('keeps vowel harmony at the end of every word', () => {
  const words = TEXTS.flatMap((text) => text.match(/[a-zçğıöşüâ]{2,}/gi) ?? [])
    .filter((word) => !/^(?:Microsoft|Business|Premium|Standard|Basic|SPF|DKIM|DMARC)$/.test(word))
    .map((word) => word.toLocaleLowerCase('tr').replaceAll('â', 'a'))
  const wrong = [...new Set(words)].filter((word) => {
    const [before, last] = (harmonisingPart(word).match(/[aıoueiöü]/g) ?? []).slice(-2)
    return last !== undefined && !FOLLOWS[before ?? '']?.includes(last) && !STEMS.has(word)
  })
  expect(wrong).toEqual([])
})
