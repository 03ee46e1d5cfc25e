import * as fc from '../../support/seeded.ts'
import { expect, test } from 'vitest'
import { addFingerprints, createFingerprint } from '#backups/dump/fingerprint'
import { createLineHash, hashLine } from '#backups/dump/line-hash'

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

test('depends neither on the order of the rows nor on how their bytes are split', () => {
  fc.assert(
    fc.property(rows, fc.array(fc.nat()), (lines, cuts) => {
      expect(fingerprintOf(lines.toReversed(), cuts)).toEqual(fingerprintOf(lines))
    }),
  )
})

test('changes when a row is added, removed, duplicated or changed', () => {
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

test('the fingerprints of the parts of a table add up to the fingerprint of the table', () => {
  fc.assert(
    fc.property(rows, fc.nat(), (lines, at) => {
      const place = at % (lines.length + 1)
      const parts = [fingerprintOf(lines.slice(0, place)), fingerprintOf(lines.slice(place))]
      expect(addFingerprints(parts)).toEqual(fingerprintOf(lines))
    }),
  )
})

test('refuses a last row that is incomplete', () => {
  const fingerprint = createFingerprint()
  fingerprint.update(Buffer.from('whole\nhalf'))
  expect(() => fingerprint.result()).toThrow('not complete')
})

test('hashes as MurmurHash3 does: the check value that its author published for all lengths and seeds', () => {
  const key = Uint8Array.from({ length: 256 }, (_, index) => index)
  const hashes = new Int32Array(4 * 256)
  for (let length = 0; length < 256; length += 1) {
    hashLine(new DataView(key.buffer), 0, length, hashes.subarray(length * 4), 256 - length)
  }
  const digest = new Int32Array(4)
  hashLine(new DataView(hashes.buffer), 0, hashes.byteLength, digest, 0)
  expect((digest[0] as number) >>> 0).toBe(0xb3ece62a)
})

test('hashes a line in pieces as it hashes it whole', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.array(fc.nat()), (line, cuts) => {
      const whole = new Int32Array(4)
      hashLine(new DataView(line.buffer, line.byteOffset, line.length), 0, line.length, whole)
      const hash = createLineHash()
      let from = 0
      for (const to of [...cuts.map((cut) => cut % (line.length + 1)).sort((a, b) => a - b), line.length]) {
        hash.update(line.subarray(from, to))
        from = to
      }
      const pieces = new Int32Array(4)
      hash.digest(pieces)
      expect(pieces).toEqual(whole)
    }),
  )
})
