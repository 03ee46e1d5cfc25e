import * as fc from '../support/seeded.ts'
import { expect, it } from 'vitest'
import { computeStableHash, formatStableJson } from '#platform/stable-hash'

/** The same value with the keys of all its objects in another order. */
function shuffled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shuffled)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, inner]) => [key, shuffled(inner)]),
  )
}

it('is the first 16 hex digits of the SHA-256 of key-sorted JSON', () => {
  // printf '{"a":1,"b":[2,{"c":"ş","d":null}]}' | sha256sum
  expect(computeStableHash({ b: [2, { d: null, c: 'ş' }], a: 1 })).toBe('4860f699b2e55ea6')
})

it('is the same whatever the order of the keys, at any depth', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(formatStableJson(shuffled(value))).toBe(formatStableJson(value))
      expect(JSON.parse(formatStableJson(value))).toEqual(JSON.parse(JSON.stringify(value)))
    }),
  )
})

it('differs if a list has another order or a value differs', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
      const isSame = formatStableJson(one) === formatStableJson(other)
      expect(computeStableHash(one) === computeStableHash(other)).toBe(isSame)
      expect(isSame).toBe(
        formatStableJson(JSON.parse(JSON.stringify(one))) === formatStableJson(JSON.parse(JSON.stringify(other))),
      )
    }),
  )
  expect(computeStableHash([1, 2])).not.toBe(computeStableHash([2, 1]))
  expect(computeStableHash({ a: null })).not.toBe(computeStableHash({}))
  expect(computeStableHash({ a: '1' })).not.toBe(computeStableHash({ a: 1 }))
})

it('sorts by UTF-16 code units, numbers and signs among the letters', () => {
  expect(formatStableJson({ ö: 1, z: 2, 10: 3, 9: 4, İ: 5, '💥': 6, '\uFFFD': 7 })).toBe(
    '{"10":3,"9":4,"z":2,"ö":1,"İ":5,"💥":6,"\uFFFD":7}',
  )
})

it('leaves out what is undefined, as JSON does, and keeps its place in a list', () => {
  expect(formatStableJson({ b: undefined, a: [undefined, 1], at: new Date(0) })).toBe(
    '{"a":[null,1],"at":"1970-01-01T00:00:00.000Z"}',
  )
  expect(formatStableJson(undefined)).toBe('null')
})

it('uses strings unchanged: normal forms differ, and half a surrogate pair has one form', () => {
  expect(computeStableHash({ record: 'ş' })).not.toBe(computeStableHash({ record: 's\u0327' }))
  expect(formatStableJson('\uD800')).toBe('"\\ud800"')
})

it('handles a key such as __proto__', () => {
  const evil = JSON.parse('{"__proto__":{"a":1},"b":2}') as object
  expect(formatStableJson(evil)).toBe('{"__proto__":{"a":1},"b":2}')
})
