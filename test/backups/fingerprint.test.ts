import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { addFingerprints, createFingerprint } from '#backups/fingerprint'

const rows = fc.array(fc.string({ maxLength: 20 }).map((text) => text.replaceAll('\n', ' ')))

function fingerprintOf(lines: string[], cuts: number[] = []) {
  const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''))
  const fingerprint = createFingerprint()
  const places = cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b)
  let from = 0
  for (const to of [...places, bytes.length]) {
    fingerprint.update(bytes.subarray(from, to))
    from = to
  }
  return fingerprint.result()
}

test('depends neither on the order of the rows nor on how they arrive', () => {
  fc.assert(
    fc.property(rows, fc.array(fc.nat()), (lines, cuts) => {
      expect(fingerprintOf(lines.toReversed(), cuts)).toEqual(fingerprintOf(lines))
    }),
  )
})

test('changes with every row that is added, removed, doubled or changed', () => {
  fc.assert(
    fc.property(rows, fc.nat(), fc.string({ minLength: 1 }), (lines, at, suffix) => {
      fc.pre(lines.length > 0 && !suffix.includes('\n'))
      const place = at % lines.length
      const { fingerprint } = fingerprintOf(lines)
      const chosen = lines[place] as string
      expect(fingerprintOf([...lines, chosen]).fingerprint).not.toBe(fingerprint)
      expect(fingerprintOf([...lines, chosen, chosen]).fingerprint).not.toBe(fingerprint)
      expect(fingerprintOf(lines.toSpliced(place, 1)).fingerprint).not.toBe(fingerprint)
      expect(fingerprintOf(lines.with(place, chosen + suffix)).fingerprint).not.toBe(fingerprint)
    }),
  )
})

test('of the parts of a table add up to that of the table', () => {
  fc.assert(
    fc.property(rows, fc.nat(), (lines, at) => {
      const place = at % (lines.length + 1)
      const parts = [fingerprintOf(lines.slice(0, place)), fingerprintOf(lines.slice(place))]
      expect(addFingerprints(parts)).toEqual(fingerprintOf(lines))
    }),
  )
})

test('refuses a last row without an end', () => {
  const fingerprint = createFingerprint()
  fingerprint.update(Buffer.from('whole\nhalf'))
  expect(() => fingerprint.result()).toThrow('not complete')
})
