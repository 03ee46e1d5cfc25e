import * as fc from '../support/seeded.ts'
import { expect, it } from 'vitest'
import { stableHash, stableJson } from '#platform/stable-hash'

/** The same value with the keys of all its objects put in anew, in another order. */
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
  expect(stableHash({ b: [2, { d: null, c: 'ş' }], a: 1 })).toBe('4860f699b2e55ea6')
})

it('is the same whatever the order of the keys, at any depth', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(stableJson(shuffled(value))).toBe(stableJson(value))
      expect(JSON.parse(stableJson(value))).toEqual(JSON.parse(JSON.stringify(value)))
    }),
  )
})

it('differs where a list has another order or a value is another', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
      const isSame = stableJson(one) === stableJson(other)
      expect(stableHash(one) === stableHash(other)).toBe(isSame)
      expect(isSame).toBe(stableJson(JSON.parse(JSON.stringify(one))) === stableJson(JSON.parse(JSON.stringify(other))))
    }),
  )
  expect(stableHash([1, 2])).not.toBe(stableHash([2, 1]))
  expect(stableHash({ a: null })).not.toBe(stableHash({}))
  expect(stableHash({ a: '1' })).not.toBe(stableHash({ a: 1 }))
})

it('sorts by UTF-16 code units, numbers and signs among the letters', () => {
  expect(stableJson({ ö: 1, z: 2, 10: 3, 9: 4, İ: 5, '💥': 6, '\uFFFD': 7 })).toBe(
    '{"10":3,"9":4,"z":2,"ö":1,"İ":5,"💥":6,"\uFFFD":7}',
  )
})

it('leaves out what is undefined, as JSON does, and keeps its place in a list', () => {
  expect(stableJson({ b: undefined, a: [undefined, 1], at: new Date(0) })).toBe(
    '{"a":[null,1],"at":"1970-01-01T00:00:00.000Z"}',
  )
  expect(stableJson(undefined)).toBe('null')
})

it('takes texts as they are: normal forms stay apart, and half a surrogate pair has one form', () => {
  expect(stableHash({ record: 'ş' })).not.toBe(stableHash({ record: 's\u0327' }))
  expect(stableJson('\uD800')).toBe('"\\ud800"')
})

it('is not led astray by a key that names a prototype', () => {
  const evil = JSON.parse('{"__proto__":{"a":1},"b":2}') as object
  expect(stableJson(evil)).toBe('{"__proto__":{"a":1},"b":2}')
})
